#include "controller/tagging.hpp"

#include "codec/answer.hpp"
#include "model/class_facts.hpp"
#include "model/query.hpp"
#include "model/text.hpp"

namespace aci::controller {
namespace {

using model::ManagedObject;

ManagedObject child(const char* class_name, std::string_view naming, std::string_view value, bool is_there) {
  return {class_name, {{naming, value}, {"status", is_there ? "" : "deleted"}}, {}};
}

void add_children(std::string_view option, std::string_view value, bool is_tag, std::vector<ManagedObject>& children) {
  if (is_tag && (option == "add" || option == "remove")) {
    model::each_part(value, ',', [&](std::string_view name) {
      children.push_back(child("tagInst", "name", name, option == "add"));
      return true;
    });
  } else if (!is_tag && option == "set") {
    children.push_back(child("tagAliasInst", "name", value, true));
  } else if (!is_tag && option == "clear" && value == "yes") {
    children.push_back(child("tagAliasInst", "rn", "alias", false));
  }
}

}  // namespace

std::optional<Request> post_of_tagging(const ObjectTree& tree, const Request& request) {
  const std::string_view target = request.target;
  const bool is_tag = target.starts_with("/api/tag/mo/");
  if (request.method != "POST" || (!is_tag && !target.starts_with("/api/alias/mo/"))) return {};
  const std::size_t question = std::min(target.find('?'), target.size());
  Request post = request;
  post.target = "/api" + std::string(target.substr(0, question).substr(target.find("/mo/")));
  const auto query = model::Query::parse_url(post.target);
  if (!query) return {};

  const std::string dn = canonical_dn(query->dn.str());
  const Node* node = tree.find(dn);
  const model::ClassFacts* facts = model::class_of_dn(dn);
  ManagedObject object{node ? node->of->name : facts ? std::string(facts->name) : "", {{"status", "modified"}}, {}};
  model::each_part(target.substr(std::min(question + 1, target.size())), '&', [&](std::string_view option) {
    const std::size_t equals = std::min(option.find('='), option.size());
    const std::string value = model::percent_decode(option.substr(std::min(equals + 1, option.size())));
    add_children(option.substr(0, equals), value, is_tag, object.children);
    return true;
  });
  post.body.clear();
  codec::append_object(post.body, object, query->format);
  return post;
}

}  // namespace aci::controller
