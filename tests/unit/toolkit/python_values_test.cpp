#include "toolkit/python_values.hpp"

#include <gtest/gtest.h>

namespace aci::toolkit {
namespace {

using Values = std::map<std::string, std::string>;

base::Result<Values> read(std::string_view text) { return read_python_values(text, {"URL", "LOGIN", "PASSWORD"}); }

TEST(PythonValues, reads_the_labs_file) {
  EXPECT_EQ(*read("URL = 'https://apic'\nLOGIN = 'admin'\nPASSWORD = 'password'\n"),
            (Values{{"URL", "https://apic"}, {"LOGIN", "admin"}, {"PASSWORD", "password"}}));
}

TEST(PythonValues, takes_both_quotes_comments_and_windows_lines) {
  EXPECT_EQ(*read("\xef\xbb\xbf# my lab\r\nURL=\"https://apic\"  # the first\r\nLOGIN = 'it\"s'\r\nPASSWORD='a#b';\r\n"),
            (Values{{"URL", "https://apic"}, {"LOGIN", "it\"s"}, {"PASSWORD", "a#b"}}));
}

TEST(PythonValues, understands_escapes_as_python_does) {
  EXPECT_EQ((*read(R"(PASSWORD = 'a\'b\\c\x41\u00e9\101\q')"))["PASSWORD"], "a'b\\cA\xc3\xa9"
                                                                          "A\\q");
  EXPECT_EQ((*read(R"(PASSWORD = r'a\nb')"))["PASSWORD"], R"(a\nb)");
  EXPECT_EQ((*read(R"(PASSWORD = u"x")"))["PASSWORD"], "x");
}

TEST(PythonValues, passes_over_what_it_is_not_asked_for) {
  EXPECT_EQ(*read("import os\nURLS = os.listdir()\nif URL == 'x':\n    URL = 'inside'\nURL == 'compared'\nTOKEN = f()\n"), Values{});
}

TEST(PythonValues, the_later_assignment_wins) { EXPECT_EQ((*read("URL = 'a'\nURL = 'b'"))["URL"], "b"); }

TEST(PythonValues, refuses_what_would_have_to_be_run_and_names_the_line) {
  for (const char* line : {"URL = os.environ['X']", "URL = 'a' + 'b'", "URL = 'a' 'b'", "URL = f'{x}'", "URL = 'open", "URL = '''a'''",
                           "URL = 1", "URL =", "URL = '\\x4'", "URL = 'a\\"}) {
    const auto values = read(std::string("# first\n") + line);
    ASSERT_FALSE(values) << line;
    EXPECT_EQ(values.error().message.substr(0, 8), "line 2: ") << line;
  }
}

}  // namespace
}  // namespace aci::toolkit
