#include "aci/credentials.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

namespace aci {
namespace {

// A working directory of its own, no APIC_* in the environment, and no terminal to ask on.
class FindCredentials : public testing::Test {
 protected:
  FindCredentials() {
    for (const char* name : {"APIC_URL", "APIC_LOGIN", "APIC_PASSWORD", "APIC_CERT_NAME", "APIC_KEY", "APIC_VERIFY"}) unsetenv(name);
    std::string name = (std::filesystem::temp_directory_path() / "aci-credentials-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    std::filesystem::current_path(folder_);
    if (!freopen("/dev/null", "r", stdin)) ADD_FAILURE();
  }
  ~FindCredentials() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }
  static void file(const std::string& text) { std::ofstream("credentials.py") << text; }
  template <class... A>
  static Credentials from(A... arguments) {
    const char* argv[] = {"program", arguments...};
    return find_credentials(static_cast<int>(sizeof...(arguments)) + 1, argv);
  }

  std::filesystem::path before_ = std::filesystem::current_path(), folder_;
};

TEST_F(FindCredentials, each_value_comes_from_the_first_place_that_has_it) {
  file("URL = 'https://file'\nLOGIN = 'file'\nPASSWORD = 'file'\nCERT_NAME = 'cert'\n");
  setenv("APIC_URL", "https://environment", 1);
  setenv("APIC_LOGIN", "environment", 1);
  const auto found = from("--url", "https://flag");
  ASSERT_TRUE(found) << found.error;
  EXPECT_EQ(found.url, "https://flag");
  EXPECT_EQ(found.login, "environment");
  EXPECT_EQ(found.password, "file");
  EXPECT_EQ(found.cert_name, "cert");
  EXPECT_FALSE(found.insecure);
}

TEST_F(FindCredentials, flags_have_short_and_joined_forms_and_leave_the_rest) {
  const auto found = from("-u", "https://a", "-l", "b", "--password=c=d", "--insecure", "7", "fvTenant");
  ASSERT_TRUE(found) << found.error;
  EXPECT_EQ(found.url, "https://a");
  EXPECT_EQ(found.login, "b");
  EXPECT_EQ(found.password, "c=d");
  EXPECT_TRUE(found.insecure);
  EXPECT_EQ(found.arguments, (std::vector<std::string>{"7", "fvTenant"}));
}

TEST_F(FindCredentials, without_a_terminal_a_missing_value_names_the_ways_to_give_it) {
  const auto found = from("-u", "https://a", "-l", "b");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error, "no password of the controller: give --password, set APIC_PASSWORD, or write PASSWORD = '...' into credentials.py");
}

TEST_F(FindCredentials, a_file_that_would_have_to_be_run_is_refused) {
  file("PASSWORD = getpass()\n");
  EXPECT_EQ(find_credentials().error.substr(0, 24), "credentials.py: line 1: ");
}

TEST_F(FindCredentials, a_broken_file_does_not_matter_when_everything_is_given) {
  file("PASSWORD = getpass()\n");
  EXPECT_TRUE(from("-u", "https://a", "-l", "b", "-p", "c"));
}

TEST_F(FindCredentials, the_environment_can_switch_verification_off) {
  setenv("APIC_VERIFY", "no", 1);
  EXPECT_TRUE(from("-u", "https://a", "-l", "b", "-p", "c").insecure);
  setenv("APIC_VERIFY", "yes", 1);
  EXPECT_FALSE(from("-u", "https://a", "-l", "b", "-p", "c").insecure);
}

TEST_F(FindCredentials, unknown_and_unfinished_options_are_errors) {
  EXPECT_NE(from("--ulr=x").error.find("unknown option --ulr"), std::string::npos);
  EXPECT_EQ(from("--url").error, "option --url needs a value");
}

}  // namespace
}  // namespace aci
