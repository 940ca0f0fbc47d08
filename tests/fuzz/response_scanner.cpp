// tests/fuzz/response_scanner.cpp - the answers that a load generator reads.
#include "http/cli/response_scanner.hpp"

#include "tests/fuzz/target.hpp"

namespace hansard::fuzz {

void response_scanner(std::string_view input) {
  using cli::Scan;
  const Scan scan = cli::scan_response(input);
  const std::string more = std::string(input) + "HTTP/1.1 200 OK\r\n\r\n";
  switch (scan.state) {
    case Scan::State::whole: {
      demand(scan.bytes <= input.size(), "an answer ends behind its bytes");
      demand(scan.status >= 100 && scan.status <= 999, "a status that is none");
      const Scan again = cli::scan_response(input.substr(0, scan.bytes));
      demand(again.state == Scan::State::whole && again.status == scan.status && again.closes == scan.closes,
             "an answer depends on what follows it");
      demand_same(std::to_string(scan.bytes), std::to_string(cli::scan_response(more).bytes),
                  "an answer's end depends on what follows it");
      demand(cli::scan_response(input.substr(0, scan.bytes - 1)).state == Scan::State::partial,
             "an answer is whole before its end");
      return;
    }
    case Scan::State::malformed:
      demand(cli::scan_response(more).state == Scan::State::malformed, "more bytes mend what is malformed");
      return;
    case Scan::State::partial:
      return;
  }
}

}  // namespace hansard::fuzz
