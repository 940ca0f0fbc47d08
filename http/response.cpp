#include "http/response.hpp"

#include "http/json.hpp"
#include "http/problem.hpp"
#include "http/version.hpp"
#include "log/assert.hpp"

namespace hansard::http {

void append_head(std::string& out, unsigned status, std::string_view content_type, std::size_t length, Ending ending) {
  static const std::string server = "\r\nServer: hansard/" + std::string(version()) + "\r\nContent-Type: ";
  HANSARD_ASSERT(!reason_of(status).empty(), "every status we send has its reason");
  out += "HTTP/1.1 ";
  append_number(out, status);
  out += ' ';
  out += reason_of(status);
  out += server;
  out += content_type;
  out += "\r\n";
  if (length == chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (length != to_the_end) {
    out += "Content-Length: ";
    append_number(out, length);
    out += "\r\n";
  }
  if (ending == Ending::close) out += "Connection: close\r\n";
  if (ending == Ending::keep_alive_1_0) out += "Connection: keep-alive\r\n";
}

void LogHeaders::append(std::string& out, Promise promise, Promise government, std::string_view leader,
                        const Republic& republic) {
  if (lines_.empty() || government != government_ || leader != leader_ || republic != republic_) {
    government_ = government;
    leader_ = leader;
    republic_ = republic;
    lines_ = "\r\nHansard-Government: ";
    append_promise(lines_, government);
    lines_ += "\r\nHansard-Leader: ";
    lines_ += leader;
    lines_ += "\r\nHansard-Republic: ";
    append_republic(lines_, republic);
    lines_ += "\r\n";
  }
  out += "Hansard-Promise: ";
  append_promise(out, promise);
  out += lines_;
}

}  // namespace hansard::http
