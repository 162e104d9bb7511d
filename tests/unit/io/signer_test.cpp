#include "io/signer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "io/tls.hpp"

namespace aci::io {
namespace {

using testing::HasSubstr;
using testing::Not;

// Made for this test with `openssl genrsa` and `openssl req -x509`; the signature with `openssl dgst -sha256 -sign`.
const std::string key = R"(-----BEGIN PRIVATE KEY-----
MIIEvgIBADANBgkqhkiG9w0BAQEFAASCBKgwggSkAgEAAoIBAQDMqmLC4aDiUPNJ
ZtqlblOndpBwIRwKJHTuo9OkkU4uGsPRFev3i/+K79nMtUVvGAXx4usHDDiKhaDr
V/ccxJ9cQDgHFh+rgBvR7fE6UBovQyO3HjOGLEPLiAzMFfy4u4/4VPEboMABxGb3
8HWw5AqJTOnuGRTmPM+IJ82zIhFsHE0Es8tQaaB5AhYs0wBUU6uUOzveV5djszF8
w0k5iTkoYipKwfpXDVTaF16OFxkRMJrZM3dGLow8H/pUKO1uZ6lm7AYEbbQ3OT4q
nwS9okHzheDNe8HxhD8JZ+dPcTtLLzd2Su2HJSJpJsUEDeOcLONfEFCB1uHm26xR
GfdFfFNxAgMBAAECggEADQXCZvgITp4r/L2op+IPPJaUti3FJPgQ4KZX7x63xMM7
NnCYpRWpWuPMDfRyyJDUwAFaRwaGCnpaNN9R/+ia4znK1tiXh0gNfRwQv08de2hg
O2SWjrD+V1L+zXWQsQhuLrTo6oMd9H7Utm38bxbzfK0CLX43EDdKVTWDJyTBywkc
tnyTFyKeONnLwRBJs4DWg5OQGEFGd6FC6XG/ryEil7Xx88D29gwyhaLTH10wCAmH
+9UkR7vm7hiV33dLFkarshfI8O4ywGHX04djPJgREWhdgVPpKGCSn8hTwnq8w6Ag
ryCG0KXPusPUuu7EwNZbgyLSpxpEsCot65Y3x949YQKBgQD6VBR2wq1xc/lC42Sn
E0NhqZ6HfeOeYXBsD5b6PZ4u7CkxOibvu9nW9JKHIhnuaD4MsoN3rvcPBAT9AlsZ
yoSsBSqQe/sgxzua53n+fOivq7mamgndBA9vU0+ztvBsmJZriZjxbBe+FP7VOnAo
EMs64BPRIVz6G4HzsDM1bEobXQKBgQDRTXVdaWjas4GbAAFFf8Wi6GW38tj6TcnM
QkgcWBOyo9E+NaEi+kkwbnXwNlBzJhbGTSwARgv7zqpmilW2Ul/cToLG5LWiYZa7
23E5k6U126l4j3G93YLeqzs48tcL8Yd3IM2dPv0pW6w0IVAnXv0zhB9hbDTqOS/Y
7zpJo8jrJQKBgQDtbfI68ksv4J/7IVLGZS7z4r3KJU1PW3wWAnNgxjDSsIwhdNaZ
a8MibrbMFTwjNBwmTusDCaCrTVSt5R4jSEKuJfhJMk7uuAmA0yyShEbu2CIi0Rep
2cAKBysBefJwDgod1VSLJ8sdLyzFcbgPSF56aS5inRJi5tRLHkRz11IywQKBgQCB
mgoTloLj8YVOejlPVKgHkQnzVn++tk4/mcdXLb68vi2B7OljZEHPqIaFAMzeEHbH
wd9+J+Ghwb3IEt6yL93F6COYjuRdsToKBv7cXS1O5T7SNViD7dbslHDueYhpj9yH
CpvnQ6q1YluGSB5+0pXMwYJA7CTz6AdVuASKts1htQKBgD65pgf1VwXmT6jSd8Bx
3qBgmfRzjnhcxaNi9rK4VWZ6t047T6dPpAmXbYwU/zjL2C2tyJKBLUJAw4p0XuAl
1+JMGqQKH16fJOKWa+HXgV/+fcFtSKMO45AqkccPvhOos8Z5fCul0FD5nJNA9eDe
r57BAZyf3kHKU2gPrNNygvvH
-----END PRIVATE KEY-----
)";
const std::string certificate = R"(-----BEGIN CERTIFICATE-----
MIIC+TCCAeGgAwIBAgIUMXnZHlhw2OOr2/ncXJtEMz2AJskwDQYJKoZIhvcNAQEL
BQAwDDEKMAgGA1UEAwwBdTAeFw0yNjExMjEwNDQ0NTdaFw0zNjExMTgwNDQ0NTda
MAwxCjAIBgNVBAMMAXUwggEiMA0GCSqGSIb3DQEBAQUAA4IBDwAwggEKAoIBAQDM
qmLC4aDiUPNJZtqlblOndpBwIRwKJHTuo9OkkU4uGsPRFev3i/+K79nMtUVvGAXx
4usHDDiKhaDrV/ccxJ9cQDgHFh+rgBvR7fE6UBovQyO3HjOGLEPLiAzMFfy4u4/4
VPEboMABxGb38HWw5AqJTOnuGRTmPM+IJ82zIhFsHE0Es8tQaaB5AhYs0wBUU6uU
OzveV5djszF8w0k5iTkoYipKwfpXDVTaF16OFxkRMJrZM3dGLow8H/pUKO1uZ6lm
7AYEbbQ3OT4qnwS9okHzheDNe8HxhD8JZ+dPcTtLLzd2Su2HJSJpJsUEDeOcLONf
EFCB1uHm26xRGfdFfFNxAgMBAAGjUzBRMB0GA1UdDgQWBBRQv37Kqvf6FlgUJtBR
obtnWSFMgTAfBgNVHSMEGDAWgBRQv37Kqvf6FlgUJtBRobtnWSFMgTAPBgNVHRMB
Af8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQBCzt1OsJUL+LHxQweQN/QVgWUt
MDgaIuiw7CPnLrWJRxsS3ujXABWDIu+m/NqHfvIPLe3xNm9wC8UZDu8lcsr7m2TY
DIRqFzb6/9P6XQxY0QC0hGg7djpfhLLKBFDdLdgahpMaBmUSfbd8yH4Vzxo+3a61
t0m+7RCG10JwdYim6xig+Vjm/27DWpKkn7JxHF5txr9pexeBAoOPrzpqKJw3s4XZ
bsKjm/xM8uoM68rNiyqvzjJhGsKWeqM4CNCcwv48U+bFYP5Y5CzlUJqnmbxlWIdW
SHRcqF2bYHsHdguQUm3gbBD0qx/mS1RIloJ5ZV1xYopzoikjrgtmjUkHkdih
-----END CERTIFICATE-----
)";
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
const std::string payload = R"(GET/api/class/fvTenant.json?query-target-filter=eq(fvTenant.name,"x y"))";
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
