#include "io/signer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "io/tls.hpp"
#include "unit/keys.hpp"

namespace aci::io {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string key = test_key("admin.key");
const std::string certificate = test_key("admin.crt");
const std::string public_key = R"(-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzKpiwuGg4lDzSWbapW5T
p3aQcCEcCiR07qPTpJFOLhrD0RXr94v/iu/ZzLVFbxgF8eLrBww4ioWg61f3HMSf
XEA4BxYfq4Ab0e3xOlAaL0Mjtx4zhixDy4gMzBX8uLuP+FTxG6DAAcRm9/B1sOQK
iUzp7hkU5jzPiCfNsyIRbBxNBLPLUGmgeQIWLNMAVFOrlDs73leXY7MxfMNJOYk5
KGIqSsH6Vw1U2hdejhcZETCa2TN3Ri6MPB/6VCjtbmepZuwGBG20Nzk+Kp8EvaJB
84XgzXvB8YQ/CWfnT3E7Sy83dkrthyUiaSbFBA3jnCzjXxBQgdbh5tusURn3RXxT
cQIDAQAB
-----END PUBLIC KEY-----
)";
const std::string dn = "uni/userext/user-admin/usercert-admin.crt";
// What `openssl dgst -sha256 -sign` makes of GET/api/class/fvTenant.json?query-target-filter=eq(fvTenant.name,"x y").
const std::string signature =
    "ap1yH3m+70O880vyYxAdHp4OWNZMquIhX7Dj3AcfSsWxjbYRJhN4FlLSBzlJVBEIHHh1pItvvd6ZIh9RRi8HbwFXUF3avuwTaHu2"
    "17eo6gpfKNcj1QZ42C6vK+sibClyh4J5hGDi1QrrEBhZh2MR8Z0Q3yMXlwLpsetbmwimNAT95uKZJrtEdAe6LMdGmIzWh7SEvq1F"
    "iv/Sd9ytTQ7kvNqbmr4w6scU2Fo5+ecYNtUjPtfcM7Oosyi9VuRLp5BvCFC55QAMn32qMWdvQr5I1a3FIdaGRhuIRK2FufVXtJt9"
    "N7HTgWbTYB90jgUAbhROlj0BPc3SC+XBgncTX0E/9Q==";

std::string write_temporary(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + "aci_signer_" + name;
  std::ofstream(path) << text;
  return path;
}

std::string signature_in(const std::string& cookies) {
  const std::string name = "APIC-Request-Signature=";
  return cookies.substr(name.size(), cookies.find(';') - name.size());
}

TEST(Signer, SignsAsOpensslDoes) {
  const auto signer = Signer::from_pem(dn, key).value();
  EXPECT_EQ(signer->cookies("GET", R"(/api/class/fvTenant.json?query-target-filter=eq(fvTenant.name,"x y"))", "").value(),
            "APIC-Request-Signature=" + signature +
                "; APIC-Certificate-Algorithm=v1.0; APIC-Certificate-Fingerprint=fingerprint; APIC-Certificate-DN=" + dn);
}

TEST(Signer, ThePathIsSignedDecoded) {
  const auto signer = Signer::from_pem(dn, key).value();
  const auto cookies = signer->cookies("GET", "/api/class/fvTenant.json?query-target-filter=eq(fvTenant.name,%22x%20y%22)", "");
  EXPECT_EQ(signature_in(*cookies), signature);
}

TEST(Signer, WhatItSignsIsVerifiedAndNothingElse) {
  const auto signer = Signer::from_pem(dn, key).value();
  const auto made = signature_in(signer->cookies("POST", "/api/mo/uni.json", R"({"fvTenant":{}})").value());
  const std::string text = R"(POST/api/mo/uni.json{"fvTenant":{}})";
  for (const auto& pem : {certificate, public_key}) {
    EXPECT_TRUE(verify_signature(pem, text, made));
    EXPECT_FALSE(verify_signature(pem, text + " ", made));
    EXPECT_FALSE(verify_signature(pem, text, signature));
    EXPECT_FALSE(verify_signature(pem, text, ""));
    EXPECT_FALSE(verify_signature(pem, text, "no base64"));
  }
  EXPECT_FALSE(verify_signature("", text, made));
  EXPECT_FALSE(verify_signature("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", text, made));
  EXPECT_FALSE(verify_signature(make_self_signed("other").value().certificate, text, made));
}

TEST(Signer, NamesOfCertificates) {
  EXPECT_EQ(certificate_dn("admin.crt", "admin", false), dn);
  EXPECT_EQ(certificate_dn(dn, "somebody", false), dn);
  EXPECT_EQ(certificate_dn("", "Vendor_App", true), "uni/userext/appuser-Vendor_App/usercert-Vendor_App");
  EXPECT_EQ(certificate_dn("c", "Vendor_App", true), "uni/userext/appuser-Vendor_App/usercert-c");
}

TEST(Signer, SaysWhatIsWrongWithAKeyAndNeverShowsIt) {
  const auto wrong = [](const std::string& name, const std::string& text) {
    const auto signer = Signer::load(dn, write_temporary(name, text));
    EXPECT_FALSE(signer);
    EXPECT_EQ(signer.error().errc, base::Errc::invalid);
    return signer.error().message;
  };
  EXPECT_THAT(Signer::load(dn, "/nowhere/admin.key").error().message, HasSubstr("cannot read the key '/nowhere/admin.key'"));
  EXPECT_THAT(Signer::load(dn, testing::TempDir()).error().message, HasSubstr("cannot read the key"));
  EXPECT_THAT(wrong("cert.key", certificate), HasSubstr("holds no private key"));
  EXPECT_THAT(wrong("text.key", "hunter2"), AllOf(HasSubstr("holds no private key"), Not(HasSubstr("hunter2"))));
  EXPECT_THAT(wrong("ec.key", make_self_signed("ec").value().key), HasSubstr("not of type RSA"));
  EXPECT_THAT(wrong("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"),
              HasSubstr("passphrase"));
  EXPECT_TRUE(Signer::load(dn, write_temporary("good.key", key)));
}

TEST(Signer, ANameThatWouldBreakTheHeaderIsRefused) {
  for (const char* name : {"", "a b", "a;b", "a\r\nX: y", "a\"b"}) EXPECT_FALSE(Signer::from_pem(name, key)) << name;
}

}  // namespace
}  // namespace aci::io
