// government/message.cpp - names of messages, for events and traces; heft of a submission.
#include "government/message.hpp"

#include <array>

namespace hansard {

namespace {

// In the order of the variants.
constexpr std::array request_names{"found",    "embark",      "canvass",     "prepare",   "fetch",
                                   "register", "ping",        "synchronize", "forward",   "read point",
                                   "nominate", "fetch state", "operate",     "fetch back"};
static_assert(request_names.size() == std::variant_size_v<Request>);
constexpr std::array answer_names{"found answer",      "embark answer", "canvass answer", "promised",      "fetched",
                                  "received",          "rejected",      "pong",           "synchronized",  "forwarded",
                                  "read point answer", "nominated",     "fetched state",  "operate answer"};
static_assert(answer_names.size() == std::variant_size_v<Answer>);

// Constants and not sizeof: heft decides what is refused as full, which must be the same on every platform (section 8).
constexpr std::size_t submission_heft = 128;
constexpr std::size_t body_heft = 64;

}  // namespace

std::size_t Submission::heft() const {
  std::size_t sum = submission_heft + channel.size() + key.size();
  for (const Body& body : items) sum += body_heft + body.content_type.size() + body.bytes.size();
  return sum;
}

const char* to_string(Objection objection) {
  switch (objection) {
    case Objection::none:
      return "not refused";
    case Objection::too_large:
      return "it is larger than the log takes";
    case Objection::key_reused:
      return "its key was used with another body";
    case Objection::keys_full:
      return "the log remembers as many keys as it may";
    case Objection::disk_full:
      return "too few disks of the parliament have room, and answer";
    case Objection::not_matched:
      return "another entry is the newest";
  }
  return "?";
}

const char* to_string(Operation::What what) {
  switch (what) {
    case Operation::What::exile:
      return "exile";
    case Operation::What::transfer:
      return "transfer";
    case Operation::What::aim:
      return "aim";
    case Operation::What::trim:
      return "trim";
    case Operation::What::settings:
      return "settings";
  }
  return "?";
}

const char* to_string(OperateAnswer::Verdict verdict) {
  switch (verdict) {
    case OperateAnswer::Verdict::done:
      return "done";
    case OperateAnswer::Verdict::refused:
      return "refused";
    case OperateAnswer::Verdict::open:
      return "open";
    case OperateAnswer::Verdict::not_leader:
      return "not the leader";
  }
  return "?";
}

const char* name_of(const Request& request) { return request_names.at(request.index()); }
const char* name_of(const Answer& answer) { return answer_names.at(answer.index()); }

}  // namespace hansard
