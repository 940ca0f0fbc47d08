// tests/http/wire.hpp - a client that speaks HTTP by hand over a real socket, so that it can also speak it badly.
//
// Every wait has a deadline; what does not come in time, or comes wrong, throws, which fails the test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hansard::test {

struct Received {
  int status = 0;
  std::string head;  // the lines up to the empty one
  std::string body;

  [[nodiscard]] std::string header(std::string_view name) const;  // empty where there is none
  [[nodiscard]] bool has(std::string_view name) const;
};

class Wire {
 public:
  // `receive_buffer`: SO_RCVBUF in bytes, 0 for the system's.
  explicit Wire(std::uint16_t port, int receive_buffer = 0);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void send(std::string_view bytes);
  // As much as the other side takes, until it has taken nothing for a while or broke off. Returns the count.
  std::size_t send_until_stuck(std::string_view bytes);
  void half_close();  // our end of file
  void close();       // at once, with a reset

  // One whole answer: head and body by its length or chunks. `bodiless`: an answer to HEAD.
  Received receive(bool bodiless = false);
  Received receive_head();
  // Of a stream, after receive_head(): the next chunk's bytes; empty at the end of the stream.
  std::string chunk();
  // Of a stream: bytes up to and with `end`, across chunks.
  std::string until(std::string_view end);
  // True: the other side closed, having sent no further byte.
  bool ended();
  // True: something came within this time.
  bool readable(int milliseconds);

  // send() and receive(): `fields` are further header lines, each with its CRLF.
  Received call(std::string_view method, std::string_view target, std::string_view body = "",
                std::string_view fields = "");

 private:
  bool fill();  // false: end of file
  void need(std::size_t bytes);

  int socket_ = -1;
  std::string buffer_;
  std::string stream_;  // of chunks, for until()
};

std::string request(std::string_view method, std::string_view target, std::string_view body = "",
                    std::string_view fields = "");

}  // namespace hansard::test
