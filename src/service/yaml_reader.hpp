// YAML walked once, with the path and place of everything wrong in it. Floor: service.
//
//   Reader reader(name, folder, environment);
//   Mapping route(reader, node);
//   std::string receiver = route.text("receiver");      // asked for: known from now on
//   route.done();                                       // reports the keys nobody asked for
//
// yaml-cpp 0.7 alone takes duplicate keys, says nothing about unknown ones, and throws without a position where a key is
// missing; everything goes through here instead. Lines and columns are 1-based. Thread-safety: none.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "service/config.hpp"

namespace aci::service {

// A scalar and where it stands.
struct Text {
  std::string value;
  YAML::Mark mark;
};

class Reader {
 public:
  Reader(std::string name, std::string folder, Environment environment)
      : name_(std::move(name)), folder_(std::move(folder)), environment_(std::move(environment)) {}

  void mistake(const YAML::Mark& mark, const std::string& message);
  void mistake_without_place(const std::string& message);
  // In the order of the file.
  std::vector<std::string> mistakes() const;
  bool fine() const { return mistakes_.empty(); }

  // Aliases make a small file a large tree: false, and one mistake, when more nodes are visited than a configuration has.
  bool visit(const YAML::Mark& mark);

  // Replaces every ${NAME}; a variable that is not set is a mistake and gives nothing.
  std::optional<std::string> expand(const Text& text);
  // The path made absolute-or-relative-to-the-process, from relative-to-the-file.
  std::string path(const std::string& text) const;
  // A small file's content without white space around; a mistake at `mark` when it cannot be read or is empty.
  std::optional<std::string> content(const std::string& text, const YAML::Mark& mark);

 private:
  struct Mistake {
    int line, column;
    std::string message;
  };
  std::string name_, folder_;
  Environment environment_;
  std::vector<Mistake> mistakes_;
  std::size_t visited_ = 0;
};

class Mapping {
 public:
  // `what` names it in messages: "route", "fabrics[0]". A node that is no mapping is a mistake and reads as empty.
  Mapping(Reader& reader, const YAML::Node& node, std::string what);

  const std::string& what() const { return what_; }
  const YAML::Mark& mark() const { return mark_; }

  // The value of the key, marked as known; nullptr when it is absent.
  const YAML::Node* get(const std::string& key);
  bool has(const std::string& key) { return get(key) != nullptr; }
  const YAML::Mark& key_mark(const std::string& key) const;

  // Absent or of the wrong form gives nothing; wrong form is a mistake, absent only in required().
  std::optional<Text> raw_text(const std::string& key);
  std::optional<Text> text(const std::string& key);  // with ${NAME} replaced
  std::string required(const std::string& key);
  bool boolean(const std::string& key, bool otherwise);
  std::optional<base::Duration> duration(const std::string& key);
  // `key`, or the content of the file that `key`_file names; both at once is a mistake.
  std::optional<Text> secret(const std::string& key);
  std::string required_secret(const std::string& key);
  // A scalar or a list of scalars, without ${NAME} replaced.
  std::vector<Text> texts(const std::string& key);
  // Calls for each element of a list; anything else is a mistake.
  void each(const std::string& key, const std::function<void(const YAML::Node&, const std::string& what)>& call);

  // Last: reports every key that was not asked for, with the nearest of those that were.
  void done();

 private:
  struct Entry {
    std::string key;
    YAML::Mark mark;
    YAML::Node value;
    bool known = false;
  };
  Reader& reader_;
  std::string what_;
  YAML::Mark mark_;
  std::vector<Entry> entries_;
  std::vector<std::string> asked_;
};

}  // namespace aci::service
