// sdk/handshake.cpp - see handshake.hpp. The only file of sdk/ that knows HTTP.
#include "sdk/handshake.hpp"

#include "government/government.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace hansard {

namespace http = boost::beast::http;

namespace {

constexpr std::string_view protocol = "hansard-pulse/1";
constexpr std::size_t why_bytes_max = 300;

void write_speaker(const Speaker& speaker, std::string& out) {
  out += "Hansard-Id: " + speaker.islander.id + "\r\n";
  out += "Hansard-Cookie: " + to_string(speaker.islander.cookie) + "\r\n";
  if (!speaker.republic.is_zero()) out += "Hansard-Republic: " + to_string(speaker.republic) + "\r\n";
  out += "Hansard-Start: " + std::to_string(speaker.start) + "\r\n";
  out += "Hansard-Nonce: " + to_string(speaker.nonce) + "\r\n";
}

// Visible characters only, and not too many: what comes from elsewhere goes into our log, what we say into a header.
std::string printable(std::string_view text) {
  std::string result(text.substr(0, why_bytes_max));
  std::ranges::replace_if(
      result, [](char c) { return c < ' ' || c > '~' || c == '"' || c == '\\'; }, '?');
  return result;
}

// Reads fields one by one and keeps the first complaint.
class Fields {
 public:
  explicit Fields(const http::fields& fields) : fields_(fields) {}

  // Empty where it is absent.
  std::string_view text(const char* name) {
    if (fields_.count(name) > 1) complain(name, "is given twice");
    const auto value = fields_[name];
    return {value.data(), value.size()};
  }
  std::string name(const char* field, bool required) {
    const std::string_view value = text(field);
    if ((required || !value.empty()) && !is_name(value)) complain(field, "is not an islander's name");
    return std::string(value);
  }
  Id128 id128(const char* field, bool required) {
    const std::string_view value = text(field);
    if (value.empty() && !required) return {};
    const auto id = parse_id128(value);
    if (!id || id->is_zero()) complain(field, "is not 32 hex digits");
    return id.value_or(Id128{});
  }
  std::uint64_t number(const char* field) {
    const std::string_view value = text(field);
    std::uint64_t number = 0;
    const char* end = value.data() + value.size();
    const auto [stopped, error] = std::from_chars(value.data(), end, number);
    if (value.empty() || error != std::errc() || stopped != end) complain(field, "is not a number");
    return number;
  }
  bool has_token(http::field field, std::string_view token) {
    const auto value = fields_[field];
    return http::token_list(value).exists({token.data(), token.size()});
  }
  Speaker speaker() {
    Speaker speaker;
    speaker.islander.id = name("Hansard-Id", true);
    speaker.islander.cookie = id128("Hansard-Cookie", true);
    speaker.republic = id128("Hansard-Republic", false);
    speaker.start = number("Hansard-Start");
    speaker.nonce = id128("Hansard-Nonce", true);
    return speaker;
  }
  void complain(const char* field, const char* what) {
    if (complaint_.empty()) complaint_ = std::string(field) + " " + what;
  }
  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  const http::fields& fields_;
  std::string complaint_;
};

// Tokens of Upgrade hold a slash, which token_list does not take.
bool asks_for_pulses(const http::fields& fields) {
  const auto value = fields[http::field::upgrade];
  return boost::beast::iequals(value, {protocol.data(), protocol.size()});
}

template <class Parser>
std::optional<std::string> parse_head(Parser& parser, std::string_view head) {
  parser.eager(false);
  parser.header_limit(handshake_bytes_max);
  boost::system::error_code error;
  parser.put(boost::asio::buffer(head.data(), head.size()), error);
  if (error) return printable(error.message());
  if (!parser.is_header_done()) return "the head is not complete";
  return std::nullopt;
}

}  // namespace

std::string write_greeting(const Greeting& greeting, std::string_view host) {
  std::string out(pulse_request_prefix);
  out += "HTTP/1.1\r\nHost: ";
  out += host;
  out += "\r\nConnection: upgrade\r\nUpgrade: ";
  out += protocol;
  out += "\r\n";
  write_speaker(greeting.from, out);
  if (!greeting.to.empty()) out += "Hansard-To: " + greeting.to + "\r\n";
  out += "Hansard-Url: " + greeting.url + "\r\n\r\n";
  return out;
}

std::string write_welcome(const Speaker& speaker) {
  std::string out = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ";
  out += protocol;
  out += "\r\n";
  write_speaker(speaker, out);
  out += "\r\n";
  return out;
}

std::string write_refusal(const Refusal& refusal) {
  const auto reason = http::obsolete_reason(static_cast<http::status>(refusal.status));
  const std::string title(reason.data(), reason.size());
  const std::string why = printable(refusal.why);
  const std::string status = std::to_string(refusal.status);
  const std::string body =
      R"({"type":"about:blank","title":")" + title + R"(","status":)" + status + R"(,"detail":")" + why + "\"}\n";
  std::string out = "HTTP/1.1 " + status + " " + title + "\r\nConnection: close\r\n";
  if (refusal.status == 426) out += "Upgrade: " + std::string(protocol) + "\r\n";
  out += "Hansard-Refusal: " + why + "\r\n";
  out += "Content-Type: application/problem+json\r\n";
  out += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return out + body;
}

std::variant<Greeting, Refusal> parse_greeting(std::string_view head) {
  http::request_parser<http::empty_body> parser;
  if (const auto fault = parse_head(parser, head)) return Refusal{400, "malformed: " + *fault};
  const auto& request = parser.get();
  if (request.method() != http::verb::get || request.target() != "/v1/pulse" || request.version() != 11) {
    return Refusal{400, "not GET /v1/pulse HTTP/1.1"};
  }
  Fields fields(request);
  if (!fields.has_token(http::field::connection, "upgrade") || !asks_for_pulses(request)) {
    return Refusal{426, "this address speaks hansard-pulse/1 only, after an upgrade"};
  }
  Greeting greeting;
  greeting.from = fields.speaker();
  greeting.to = fields.name("Hansard-To", false);
  greeting.url = std::string(fields.text("Hansard-Url"));
  if (greeting.url.size() > GovernmentLimits::url_bytes_max) fields.complain("Hansard-Url", "is too long");
  if (!fields.complaint().empty()) return Refusal{400, fields.complaint()};
  return greeting;
}

std::variant<Speaker, Refusal> parse_welcome(std::string_view head) {
  http::response_parser<http::empty_body> parser;
  parser.skip(true);  // The body of a refusal is not waited for.
  if (const auto fault = parse_head(parser, head)) return Refusal{0, "no HTTP answer: " + *fault};
  const auto& response = parser.get();
  Fields fields(response);
  if (response.result() != http::status::switching_protocols) {
    std::string why = printable(fields.text("Hansard-Refusal"));
    if (why.empty()) why = "no hansard islander answers there";
    return Refusal{static_cast<int>(response.result_int()), std::move(why)};
  }
  if (!asks_for_pulses(response)) return Refusal{0, "it switches to another protocol"};
  Speaker speaker = fields.speaker();
  if (!fields.complaint().empty()) return Refusal{0, "malformed answer: " + fields.complaint()};
  return speaker;
}

}  // namespace hansard
