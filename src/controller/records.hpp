// The controller's own logs: what users changed (aaaModLR), who came and went (aaaSessionLR), what the fabric did by itself
// (eventRecord), what faults did (faultRecord), how health scores moved (healthRecord). Floor: controller.
//
//   Records records(tree, 100'000, [&](const NodeChange& change) { ... });      // hears of each record as of any object
//   const Records::Transaction transaction(records, {"admin", session_id});     // what follows is this user's, one txId
//   records.note(change);                                                       // one record, or none
//
// A record is an object at the root of the tree, so every query and subscription finds it. Of each class at most
// `size_max` are kept: beyond that the oldest go, `purge_window` at a time, and nobody is told. No record is made of
// records, of statistics, of active sessions, of delegated faults.
// Facts: recorded aaaModLR and eventRecord objects, and recorded lines of audit logs: creations list the configured
// values ("name:T, prio:unspecified"), modifications old and new ones ("descr (Old: , New: x)"), deletions nothing; what
// the controller adds below an object of a user is that user's too; a recorded line of a session's refresh (DN, trig, text).
// The codes of most classes are not published: those are made up, the same in every run. Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "controller/object_tree.hpp"
#include "controller/subscriptions.hpp"

namespace aci::controller {

class Records {
 public:
  using Listener = std::function<void(const NodeChange&)>;
  static constexpr std::size_t purge_window = 250;

  struct Author {
    std::string user = "internal";
    std::string session_id;  // "" for the fabric itself
    bool is_user() const { return !session_id.empty(); }
  };

  // While it lives, changes are the author's; the one around it goes on afterwards.
  class Transaction {
   public:
    Transaction(Records& records, Author author);
    ~Transaction() { records_.author_ = std::move(outer_); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

   private:
    Records& records_;
    Author outer_;
  };

  Records(ObjectTree& tree, std::size_t size_max, Listener listener)
      : tree_(tree), size_max_(size_max), listener_(std::move(listener)) {}

  void note(const NodeChange& change);
  enum class SessionStep { login, refresh, logout };
  // `user` of one that is not known is "".
  struct SessionEvent {
    SessionStep step;
    bool success = true;
    std::string_view user_dn, user, session_id, address;
    std::string time;
  };
  void note_session(const SessionEvent& event);
  // After records came without being made here: numbers go on behind theirs.
  void count_all();
  // How many there are, of all classes.
  std::size_t size() const { return size_; }

 private:
  void note_change(const NodeChange& change, bool of_user);
  void note_fault(const NodeChange& change);
  void note_score(const NodeChange& change);
  void add(std::string_view class_name, std::string dn, model::Attributes attributes, std::string_view created);

  ObjectTree& tree_;
  std::size_t size_max_;
  Listener listener_;
  Author author_;
  std::uint64_t transactions_ = 0;
  std::uint64_t last_id_ = 0x1'0000'0000;  // recorded ids begin there
  std::size_t size_ = 0;
};

}  // namespace aci::controller
