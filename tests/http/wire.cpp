#include "tests/http/wire.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace hansard::test {

namespace {

constexpr int patience_ms = 20'000;
constexpr int stuck_ms = 200;

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error("wire: " + what); }

void check(bool fine, const char* what) {
  if (!fine) fail(std::string(what) + ": " + std::strerror(errno));
}

bool wait(int socket, short events, int milliseconds) {
  pollfd one{socket, events, 0};
  return poll(&one, 1, milliseconds) == 1;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

}  // namespace

bool Received::has(std::string_view name) const {
  return lower(head).find("\r\n" + lower(name) + ":") != std::string::npos;
}

std::string Received::header(std::string_view name) const {
  const std::string wanted = "\r\n" + lower(name) + ":";
  const std::size_t at = lower(head).find(wanted);
  if (at == std::string::npos) return {};
  std::size_t begin = at + wanted.size();
  while (begin < head.size() && head[begin] == ' ') ++begin;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Wire::Wire(std::uint16_t port, int receive_buffer) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  check(socket_ >= 0, "socket");
  if (receive_buffer != 0) {
    check(setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer) == 0, "SO_RCVBUF");
  }
  const int on = 1;
  check(setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP_NODELAY");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  sockaddr generic{};
  static_assert(sizeof generic == sizeof address);
  std::memcpy(&generic, &address, sizeof generic);
  check(connect(socket_, &generic, sizeof generic) == 0, "connect");
}

Wire::~Wire() {
  if (socket_ >= 0) ::close(socket_);
}

void Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait(socket_, POLLOUT, patience_ms)) fail("nothing was taken in time");
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    check(sent > 0, "send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t Wire::send_until_stuck(std::string_view bytes) {
  std::size_t total = 0;
  while (total < bytes.size() && wait(socket_, POLLOUT, stuck_ms)) {
    const ssize_t sent = ::send(socket_, bytes.data() + total, bytes.size() - total, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent <= 0) break;
    total += static_cast<std::size_t>(sent);
  }
  return total;
}

void Wire::half_close() { check(shutdown(socket_, SHUT_WR) == 0, "shutdown"); }

void Wire::close() {
  const linger at_once{1, 0};
  check(setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0, "SO_LINGER");
  ::close(socket_);
  socket_ = -1;
}

bool Wire::readable(int milliseconds) { return !buffer_.empty() || wait(socket_, POLLIN, milliseconds); }

bool Wire::fill() {
  if (!wait(socket_, POLLIN, patience_ms)) fail("nothing came in time; so far: " + buffer_.substr(0, 500));
  char bytes[65536];
  const ssize_t count = recv(socket_, bytes, sizeof bytes, 0);
  check(count >= 0, "recv");
  buffer_.append(bytes, static_cast<std::size_t>(count));
  return count != 0;
}

void Wire::need(std::size_t bytes) {
  while (buffer_.size() < bytes) {
    if (!fill()) fail("it ended early, with: " + buffer_.substr(0, 500));
  }
}

Received Wire::receive_head() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) fail("it ended in a head: " + buffer_.substr(0, 500));
  }
  Received received;
  received.head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  if (!received.head.starts_with("HTTP/1.1 ")) fail("this is no answer: " + received.head);
  received.status = std::stoi(received.head.substr(9, 3));
  return received;
}

std::string Wire::chunk() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill()) fail("it ended in a chunk's size");
  }
  const std::size_t size = std::stoul(buffer_.substr(0, end), nullptr, 16);
  need(end + 2 + size + 2);
  std::string bytes = buffer_.substr(end + 2, size);
  if (buffer_.substr(end + 2 + size, 2) != "\r\n") fail("a chunk does not end where it should");
  buffer_.erase(0, end + 2 + size + 2);
  return bytes;
}

std::string Wire::until(std::string_view end) {
  std::size_t at = 0;
  while ((at = stream_.find(end)) == std::string::npos) {
    const std::string more = chunk();
    if (more.empty()) fail("the stream ended, with: " + stream_.substr(0, 500));
    stream_ += more;
  }
  std::string text = stream_.substr(0, at + end.size());
  stream_.erase(0, text.size());
  return text;
}

Received Wire::receive(bool bodiless) {
  Received received = receive_head();
  if (bodiless || received.status == 100) return received;
  if (received.header("Transfer-Encoding") == "chunked") {
    for (std::string bytes = chunk(); !bytes.empty(); bytes = chunk()) received.body += bytes;
    return received;
  }
  if (!received.has("Content-Length")) {
    while (fill()) {
    }
    received.body.swap(buffer_);
    return received;
  }
  const std::size_t length = std::stoul(received.header("Content-Length"));
  need(length);
  received.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return received;
}

bool Wire::ended() {
  if (!buffer_.empty()) return false;
  if (!wait(socket_, POLLIN, patience_ms)) fail("neither bytes nor an end came in time");
  char byte = 0;
  return recv(socket_, &byte, 1, MSG_PEEK) == 0;
}

std::string request(std::string_view method, std::string_view target, std::string_view body, std::string_view fields) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n").append(fields);
  if (!body.empty() || method == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  text += "\r\n";
  text += body;
  return text;
}

Received Wire::call(std::string_view method, std::string_view target, std::string_view body, std::string_view fields) {
  send(request(method, target, body, fields));
  return receive(method == "HEAD");
}

}  // namespace hansard::test
