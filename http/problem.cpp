#include "http/problem.hpp"

#include "http/json.hpp"

#include <array>
#include <utility>

namespace hansard::http {

namespace {

struct Title {
  std::string_view type;
  std::string_view title;
};

constexpr std::array titles{
    Title{"bad-request", "The request is malformed"},
    Title{"behind", "This islander is far behind"},
    Title{"busy", "This islander has no memory to spare for the call"},
    Title{"disk-full", "The disks of a majority are full"},
    Title{"disk-stalled", "The disk does not answer"},
    Title{"expectation-failed", "The expectation cannot be met"},
    Title{"header-too-large", "The header is too large"},
    Title{"internal", "This islander failed"},
    Title{"key-reused", "The key was used with another body"},
    Title{"keys-full", "The log remembers as many keys as it may"},
    Title{"no-government", "There is no government"},
    Title{"no-quorum", "No quorum confirmed it in time"},
    Title{"not-committed", "The append was not committed in time"},
    Title{"not-done", "It was not done in time"},
    Title{"not-found", "There is no such thing"},
    Title{"not-implemented", "This is not implemented"},
    Title{"not-matched", "Another entry is the newest"},
    Title{"other-republic", "The position is of another republic"},
    Title{"queue-full", "The islander's queue is full"},
    Title{"refused", "The leader refuses it"},
    Title{"stopping", "This islander stops"},
    Title{"timeout", "The request did not arrive in time"},
    Title{"too-large", "The request is too large"},
    Title{"trimmed", "The entries were trimmed"},
    Title{"unknown-log", "There is no such log"},
    Title{"unsupported-media-type", "The content type is not supported"},
    Title{"wrong-method", "The method is not allowed here"},
};

struct Reason {
  unsigned status;
  std::string_view reason;
};

constexpr std::array reasons{
    Reason{200, "OK"},
    Reason{201, "Created"},
    Reason{400, "Bad Request"},
    Reason{404, "Not Found"},
    Reason{405, "Method Not Allowed"},
    Reason{408, "Request Timeout"},
    Reason{409, "Conflict"},
    Reason{410, "Gone"},
    Reason{412, "Precondition Failed"},
    Reason{413, "Content Too Large"},
    Reason{415, "Unsupported Media Type"},
    Reason{417, "Expectation Failed"},
    Reason{422, "Unprocessable Content"},
    Reason{429, "Too Many Requests"},
    Reason{431, "Request Header Fields Too Large"},
    Reason{500, "Internal Server Error"},
    Reason{501, "Not Implemented"},
    Reason{503, "Service Unavailable"},
    Reason{507, "Insufficient Storage"},
};

}  // namespace

std::string_view title_of(std::string_view type) {
  for (const Title& title : titles) {
    if (title.type == type) return title.title;
  }
  return "";
}

std::string_view reason_of(unsigned status) {
  for (const Reason& reason : reasons) {
    if (reason.status == status) return reason.reason;
  }
  return "";
}

std::string to_json(const Problem& problem) {
  std::string out = R"({"type":)";
  append_json_string(out, problem.type);
  out += R"(,"title":)";
  append_json_string(out, title_of(problem.type));
  out += R"(,"status":)";
  append_number(out, problem.status);
  out += R"(,"detail":)";
  append_json_string(out, problem.detail);
  if (problem.retry_after_ms) {
    out += R"(,"retry_after_ms":)";
    append_number(out, *problem.retry_after_ms);
  }
  out += problem.members;
  out += '}';
  return out;
}

Problem bad_request(std::string detail) {
  Problem problem;
  problem.status = 400;
  problem.type = "bad-request";
  problem.detail = std::move(detail);
  return problem;
}

Problem not_implemented(std::string detail) {
  Problem problem;
  problem.status = 501;
  problem.type = "not-implemented";
  problem.detail = std::move(detail);
  return problem;
}

}  // namespace hansard::http
