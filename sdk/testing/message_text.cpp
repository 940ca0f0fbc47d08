// sdk/testing/message_text.cpp - see message_text.hpp.
#include "sdk/testing/message_text.hpp"

#include <vector>

namespace hansard::testing {

namespace {

std::string ballot(std::uint64_t number) { return " b" + std::to_string(number); }

std::string entries(const std::vector<EntryPtr>& list) {
  if (list.empty()) return ", no entries";
  std::string text = ", " + std::to_string(list.size()) + " to " + to_string(list.back()->position());
  for (const EntryPtr& entry : list) {
    if (entry->kind() == Kind::government) text += " (with government " + to_string(entry->first()) + ")";
  }
  return text;
}

std::string committed(const Committed& value) { return ", committed " + to_string(value.position); }

struct Texts {
  std::string operator()(const Found& m) const { return m.everyone ? ", everyone answers" : ""; }
  std::string operator()(const Embark& m) const { return " " + m.url; }
  std::string operator()(const Canvass& m) const { return ballot(m.ballot) + committed(m.committed); }
  std::string operator()(const Prepare& m) const { return ballot(m.ballot) + " after " + to_string(m.committed); }
  std::string operator()(const Fetch& m) const { return " after " + to_string(m.after) + " upto " + to_string(m.upto); }
  std::string operator()(const Register& m) const {
    return ballot(m.ballot) + " after " + to_string(m.previous) + entries(m.entries) + committed(m.committed);
  }
  std::string operator()(const Ping& m) const { return ballot(m.ballot) + " round " + std::to_string(m.round); }
  std::string operator()(const Synchronize& m) const {
    return " counted" + ballot(m.counted) + " after " + to_string(m.previous) + entries(m.entries);
  }
  std::string operator()(const Forward& m) const {
    std::string text = ballot(m.ballot) + " start " + std::to_string(m.start) + ", numbers";
    for (const auto& numbered : m.appends) {
      text += " " + std::to_string(numbered.sequence) + "(" + std::to_string(numbered.after) + ")";
    }
    return text;
  }
  std::string operator()(const ReadPoint& m) const { return ballot(m.ballot); }
  std::string operator()(const Operate& m) const {
    return ballot(m.ballot) + " " + to_string(m.operation.what) + " " + m.operation.id;
  }
  std::string operator()(const OperateAnswer& m) const {
    return std::string(" ") + to_string(m.verdict) + (m.why.empty() ? "" : ": " + m.why);
  }
  std::string operator()(const Nominate& m) const { return ballot(m.ballot) + " at " + to_string(m.last); }

  std::string operator()(const FoundAnswer& m) const {
    return std::string(m.granted ? " granted" : " not granted") + (m.has_government ? ", has a government" : "");
  }
  std::string operator()(const EmbarkAnswer& m) const {
    return " verdict " + std::to_string(static_cast<int>(m.verdict)) + " " + m.why;
  }
  std::string operator()(const CanvassAnswer& m) const { return m.lost ? " lost, too" : " not lost"; }
  std::string operator()(const Promised& m) const {
    return ballot(m.ballot) + (m.granted ? "" : " not granted") + ", last " + to_string(m.last) + entries(m.tail) +
           committed(m.committed);
  }
  std::string operator()(const Fetched& m) const { return (m.held ? "" : " not held") + entries(m.entries); }
  std::string operator()(const Received& m) const { return ballot(m.ballot) + " last " + to_string(m.last); }
  std::string operator()(const Rejected& m) const {
    return ", promised" + ballot(m.promised) + ", last " + to_string(m.last) + committed(m.committed);
  }
  std::string operator()(const Pong& m) const { return ballot(m.ballot) + ", promised" + ballot(m.promised); }
  std::string operator()(const Synchronized& m) const { return (m.held ? "" : " not held") + committed(m.committed); }
  std::string operator()(const Forwarded& m) const {
    return " verdict " + std::to_string(static_cast<int>(m.verdict)) + ballot(m.ballot) + " upto " +
           std::to_string(m.upto);
  }
  std::string operator()(const ReadPointAnswer& m) const {
    return m.confirmed ? " at " + to_string(m.committed) : " not confirmed";
  }
  std::string operator()(const Nominated& m) const { return m.runs ? " runs" : " does not run"; }
  // What is not told in full.
  template <class Other>
  std::string operator()(const Other& /*other*/) const {
    return {};
  }
};

}  // namespace

std::string text_of(const Request& request) { return name_of(request) + std::visit(Texts{}, request); }
std::string text_of(const Answer& answer) { return name_of(answer) + std::visit(Texts{}, answer); }

}  // namespace hansard::testing
