#include "aci/credentials.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>

#include <termios.h>
#include <unistd.h>

#include "toolkit/python_values.hpp"

namespace aci {
namespace {

constexpr const char* file_name = "credentials.py";
constexpr std::size_t file_max = 64 * 1024;

struct Value {
  std::string Credentials::*member;
  const char *environment, *file, *flag, *letter, *question;  // no question: the value may be missing
};

constexpr Value values[] = {
    {&Credentials::url, "APIC_URL", "URL", "--url", "-u", "APIC URL: "},
    {&Credentials::login, "APIC_LOGIN", "LOGIN", "--login", "-l", "APIC login username: "},
    {&Credentials::password, "APIC_PASSWORD", "PASSWORD", "--password", "-p", "APIC Password: "},
    {&Credentials::cert_name, "APIC_CERT_NAME", "CERT_NAME", "--cert-name", nullptr, nullptr},
    {&Credentials::key, "APIC_KEY", "KEY", "--key", nullptr, nullptr},
};

base::Result<std::map<std::string, std::string>> read_file() {
  std::ifstream file(file_name, std::ios::binary);
  if (!file) return std::map<std::string, std::string>{};
  std::string text(file_max + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > file_max) return base::Error{base::Errc::invalid, "it is larger than 64 KiB"};
  std::vector<std::string> wanted;
  for (const Value& value : values) wanted.emplace_back(value.file);
  return toolkit::read_python_values(text, wanted);
}

// Signals wait until the terminal shows again what is typed, so that Ctrl-C does not leave it mute.
class SilentTerminal {
 public:
  SilentTerminal() {
    sigset_t stops;
    sigemptyset(&stops);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&stops, signal);
    pthread_sigmask(SIG_BLOCK, &stops, &signals_);
    tcgetattr(STDIN_FILENO, &before_);
    termios silent = before_;
    // Without ISIG Ctrl-C arrives as a byte, and without ICANON at once.
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO | ISIG | ICANON);
    silent.c_cc[VMIN] = 1;
    silent.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~SilentTerminal() {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;

 private:
  termios before_{};
  sigset_t signals_{};
};

std::string ask_silently() {
  std::string text;
  char c = 0;
  bool interrupted = false;
  {
    SilentTerminal silent;
    while (text.size() < 4096 && read(STDIN_FILENO, &c, 1) == 1 && c != '\n' && c != '\r' && c != 4) {
      if ((interrupted = c == 3)) break;
      if (c == 127 || c == 8) text.resize(text.empty() ? 0 : text.size() - 1);
      else if (c == 21) text.clear();
      else text += c;
    }
  }
  std::cerr << '\n';
  if (interrupted) std::raise(SIGINT);
  return text;
}

std::string ask(const Value& value) {
  std::cerr << value.question << std::flush;
  if (value.member == &Credentials::password) return ask_silently();
  std::string answer;
  std::getline(std::cin, answer);
  return answer;
}

}  // namespace

Credentials find_credentials(const Credentials& given) {
  Credentials found = given;
  for (const Value& value : values)
    if (const char* text = std::getenv(value.environment); (found.*value.member).empty() && text) found.*value.member = text;
  if (const char* verify = std::getenv("APIC_VERIFY")) {
    const std::string word = verify;
    if (word == "no" || word == "0" || word == "false" || word == "off") found.insecure = true;
  }
  const auto has_certificate = [&] { return !found.cert_name.empty() && !found.key.empty(); };
  if (found.url.empty() || found.login.empty() || (found.password.empty() && !has_certificate())) {
    const auto file = read_file();
    if (!file) {
      found.error = std::string(file_name) + ": " + file.error().message;
      return found;
    }
    for (const Value& value : values)
      if (const auto it = file->find(value.file); (found.*value.member).empty() && it != file->end())
        found.*value.member = it->second;
  }
  for (const Value& value : values) {
    if (!value.question || !(found.*value.member).empty()) continue;
    if (value.member == &Credentials::password && has_certificate()) continue;
    if (isatty(STDIN_FILENO)) found.*value.member = ask(value);
    if (!(found.*value.member).empty()) continue;
    found.error = std::string("no ") + (value.flag + 2) + " of the controller: give " + value.flag + ", set " +
                  value.environment + ", or write " + value.file + " = '...' into " + file_name;
    return found;
  }
  return found;
}

Credentials find_credentials(int argc, const char* const* argv) {
  Credentials given;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--insecure") {
      given.insecure = true;
      continue;
    }
    if (!argument.starts_with('-')) {
      given.arguments.push_back(argument);
      continue;
    }
    const auto equals = argument.find('=');
    const std::string flag = argument.substr(0, equals);
    const Value* value = nullptr;
    for (const Value& v : values)
      if (flag == v.flag || (v.letter && argument == v.letter)) value = &v;
    if (!value) {
      given.error = "unknown option " + flag + "; known are --url, --login, --password, --cert-name, --key and --insecure";
      return given;
    }
    if (flag == value->flag && equals != std::string::npos) {
      given.*value->member = argument.substr(equals + 1);
    } else if (i + 1 < argc) {
      given.*value->member = argv[++i];
    } else {
      given.error = "option " + flag + " needs a value";
      return given;
    }
  }
  return find_credentials(given);
}

}  // namespace aci
