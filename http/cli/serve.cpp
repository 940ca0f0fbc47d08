// http/cli/serve.cpp - `hansard serve`: one islander, until it is told to stop.
#include "http/cli/flags.hpp"
#include "http/cli/logging.hpp"
#include "http/cli/probe.hpp"
#include "http/cli/verbs.hpp"
#include "http/query.hpp"
#include "http/server.hpp"
#include "sdk/address.hpp"
#include "sdk/node.hpp"
#include "sdk/run.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/signal_set.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <malloc.h>
#include <memory>
#include <spdlog/logger.h>
#include <string>
#include <vector>

namespace hansard::cli {

namespace {

constexpr const char* who = "hansard serve";
constexpr std::chrono::milliseconds answer_patience{3'000};  // of the orderly stop, for what is in flight
constexpr std::chrono::milliseconds look_patience{2'000};
constexpr unsigned hand_over_patience_ms = 2'000;  // ... and then for the leader's office

constexpr std::uint64_t parliament_max = 7;

struct Options {
  std::string id;
  std::string data;
  std::string listen = "127.0.0.1:8101";
  std::vector<std::string> island;  // a=http://host:port
  std::vector<std::string> join;
  std::string url;
  bool insecure = false;
  bool moved = false;
  bool hold_unsynced = false;
  std::string log_format = "text";
  std::string log_level = "info";
  std::string ping = "100ms";
  std::string timeout = "1s";
  std::string timeout_spread = "500ms";
  std::string unreachable_after = "500ms";
  std::uint64_t parliament = 3;
  std::uint64_t disk_reserve = NodeOptions{}.disk_reserve_bytes;
  std::uint64_t transfer_rate = Settings{}.transfer_bytes_per_second;
  std::string trace;  // empty: not recorded
  std::uint64_t trace_file_bytes = TraceSettings{}.file_bytes;
  std::uint64_t trace_files = TraceSettings{}.files;
  std::uint64_t idle_poll = static_cast<std::uint64_t>(idle_poll_default.count());  // microseconds
};

Tick ticks(const std::string& duration) { return static_cast<Tick>(http::parse_duration(duration)->count()) * 1'000; }

bool is_loopback(const std::string& host) {
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(host, ec);
  return ec ? host == "localhost" : address.is_loopback();
}

std::vector<Listed> parse_island(const std::vector<std::string>& texts) {
  std::vector<Listed> island;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string id = text.substr(0, equals);
    const std::string url = equals == std::string::npos ? std::string() : text.substr(equals + 1);
    const auto parsed = parse_url(url);
    if (!is_name(id) || !parsed || parsed->tls) refuse("--island: '" + text + "' is not id=http://host:port");
    for (const Listed& other : island) {
      if (other.id == id) refuse("--island: " + id + " stands there twice");
      if (other.url == url) refuse("--island: " + url + " stands there twice");
    }
    island.push_back(Listed{id, url});
  }
  return island;
}

void check_timing(const Settings& settings) {
  constexpr Tick pings_within_timeout = 3;
  if (settings.timeout < pings_within_timeout * settings.ping) {
    refuse("--timeout must be at least three times --ping");
  }
  if (settings.unreachable_after < settings.ping) {
    refuse("--unreachable-after must be at least --ping");
  }
}

// What the flags say together, or a refusal.
NodeOptions node_options(const Options& options) {
  if (options.id.empty()) refuse("--id is missing");
  if (options.data.empty()) refuse("--data is missing");
  NodeOptions node;
  node.id = options.id;
  node.data = options.data;
  node.listen = options.listen;
  node.url = options.url;
  node.join = options.join;
  node.island = parse_island(options.island);
  node.hold_unsynced = options.hold_unsynced;
  node.moved = options.moved;
  node.trace.directory = options.trace;
  node.trace.file_bytes = options.trace_file_bytes;
  node.trace.files = options.trace_files;
  node.disk_reserve_bytes = options.disk_reserve;
  node.settings.transfer_bytes_per_second = options.transfer_rate;
  node.settings.ping = ticks(options.ping);
  node.settings.timeout = ticks(options.timeout);
  node.settings.timeout_spread = ticks(options.timeout_spread);
  node.settings.unreachable_after = ticks(options.unreachable_after);
  check_timing(node.settings);
  if (options.parliament % 2 == 0) refuse("--parliament must be odd: a majority of an even number gains nothing");
  node.settings.parliament = static_cast<std::uint32_t>(options.parliament);

  if (!options.insecure && !is_loopback(parse_host_port(options.listen)->host)) {
    refuse("--listen " + options.listen + " is off loopback, where anyone could append: give --insecure too");
  }
  if (!node.island.empty() && !node.join.empty()) refuse("give --island or --join, not both");
  for (const std::string& url : node.join) {
    const auto parsed = parse_url(url);
    if (!parsed || parsed->tls) refuse("--join: '" + url + "' is not http://host:port");
    if (to_string(parsed->address) == options.listen || url == node.url) refuse("--join " + url + " is this islander");
  }
  if (!node.url.empty() && !parse_url(node.url)) refuse("--url: '" + node.url + "' is not http://host:port");
  if (node.island.empty()) return node;
  if (options.parliament == 1 && node.island.size() > 1)
    refuse("--parliament 1 is an island of one: leave --island out");
  const auto own = std::ranges::find(node.island, node.id, &Listed::id);
  if (own == node.island.end()) refuse("--island does not name " + node.id + ", the islander's own id");
  if (node.url.empty()) node.url = own->url;
  if (node.url != own->url) refuse("--url " + node.url + " is not what --island says of " + node.id);
  return node;
}

// The islander's run: until a signal, or until its disk or its island says that it must not go on.
class Service {
 public:
  Service(const NodeOptions& options, const std::shared_ptr<spdlog::logger>& log)
      : log_(log), node_(io_, options, log), server_(node_) {}

  // `fellows`: urls of others of the island, as the flags name them.
  int run(const std::vector<std::string>& fellows, std::chrono::microseconds idle_poll) {
    node_.on_halt([this](const Error& error) {
      code_ = fail(who, error.what);
      io_.stop();
    });
    if (const Result<void> started = node_.start(); !started) return fail(who, started.error().what);
    signals_.async_wait([this](const boost::system::error_code& ec, int signal) {
      if (!ec) stop(signal);
    });
    log_->info("listening on http://{}", node_.listening_on());
    check_republic(fellows);
    hansard::run(io_, idle_poll);
    return code_;
  }

 private:
  // A directory that belongs to an island, and flags that name an islander of another: a mistake that would otherwise
  // show only as a line in the log. Who does not answer now is not asked again.
  void check_republic(const std::vector<std::string>& fellows) {
    const Republic republic = node_.brief().republic;
    if (republic.is_zero()) return;  // The core finds out itself.
    for (const std::string& text : fellows) {
      const Result<client::Url> url = client::parse_url(text);
      if (!url) continue;
      probe(io_, *url, "/v1/logs/main", look_patience, [this, text, own = to_string(republic)](const Probed& said) {
        if (is_stopping_ || said.republic.empty() || said.republic == own) return;
        std::string what = text;
        what.append(" belongs to another republic, ").append(said.republic).append(", not to ").append(own);
        code_ = fail(who, what);
        io_.stop();
      });
    }
  }

  void stop(int signal) {
    is_stopping_ = true;
    log_->info("stopping, as {} asks", signal == SIGINT ? "SIGINT" : "SIGTERM");
    boost::system::error_code ignored;
    signals_.clear(ignored);  // The next one ends the process at once, as if none were caught.
    server_.stop(answer_patience, [this] {
      node_.stop(hand_over_patience_ms, [this] {
        log_->info("stopped");
        io_.stop();
      });
    });
  }

  std::shared_ptr<spdlog::logger> log_;
  boost::asio::io_context io_{1};
  boost::asio::signal_set signals_{io_, SIGINT, SIGTERM};
  Node node_;
  HttpServer server_;
  int code_ = 0;
  bool is_stopping_ = false;
};

int serve(const Options& options, const NodeOptions& node) {
  // Very large bodies and answers come and go: their memory is the system's again at once, not a hole in the heap. What
  // is smaller is used again: fresh pages cost several times what filling them does.
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 32 << 20);
  std::signal(SIGPIPE, SIG_IGN);  // A reader of our log that went away is no reason to end.
  std::vector<std::string> fellows = node.join;
  for (const Listed& listed : node.island) {
    if (listed.id != node.id) fellows.push_back(listed.url);
  }
  return Service{node, make_logger(options.log_format, options.log_level)}.run(
      fellows, std::chrono::microseconds(options.idle_poll));
}

void add_flags(CLI::App& verb, Options& options) {
  add(verb, "--id", options.id, name_form(), "The islander's name, for ever bound to its directory");
  add(verb, "--data", options.data, path_form(), "Its directory");
  add(verb, "--listen", options.listen, address_form(), "Where to listen; port 0 picks one");
  verb.add_option("--island", options.island,
                  "The founding set, itself included: a=http://h1:8101,b=http://h2:8101; the first founds")
      ->type_name("ID=URL,...")
      ->allow_extra_args(false)
      ->delimiter(',');
  verb.add_option("--join", options.join, "Enter a standing island that answers here; may be repeated")
      ->type_name("URL")
      ->allow_extra_args(false)
      ->delimiter(',');
  verb.add_option("--url", options.url, "Where others reach it; else as --island says, or http:// and --listen")
      ->type_name("URL")
      ->envname("HANSARD_SERVE_URL");
  add(verb, "--parliament", options.parliament, count_form(1, parliament_max),
      "Seats that vote where this one founds an island, odd; others of it follow");
  verb.add_flag("--insecure", options.insecure, "Listen off loopback although every call is open");
  add(verb, "--log-format", options.log_format, choice_form({"text", "json"}), "Lines of the log");
  add(verb, "--log-level", options.log_level, choice_form({"debug", "info", "warning", "error"}),
      "The least important lines to log");
  add(verb, "--ping", options.ping, duration_form("1ms", "1m"), "The leader shows itself this often");
  add(verb, "--timeout", options.timeout, duration_form("10ms", "10m"), "A leader not heard for this long is lost");
  add(verb, "--timeout-spread", options.timeout_spread, duration_form("1ms", "10m"),
      "... plus up to this, drawn anew each time");
  add(verb, "--unreachable-after", options.unreachable_after, duration_form("10ms", "10m"),
      "An islander without an answer for this long is taken for silent");
  add(verb, "--idle-poll", options.idle_poll, count_form(0, 1'000'000),
      "Microseconds to look for more work before sleeping");
  add(verb, "--disk-reserve", options.disk_reserve, count_form(0, std::uint64_t{1} << 40U),
      "Bytes kept free on the disk (at most an eighth of it): with less, appends are refused");
  add(verb, "--transfer-rate", options.transfer_rate, count_form(1'000, std::uint64_t{1} << 40U),
      "Bytes a second of what this islander fetches when it is behind a trim");
  add(verb, "--trace", options.trace, path_form(), "Record all that happens in files there; see hansard replay");
  add(verb, "--trace-file-bytes", options.trace_file_bytes,
      count_form(TraceSettings::file_bytes_least, TraceSettings::file_bytes_most),
      "... a new file after this many (or twice its opening state)");
  add(verb, "--trace-files", options.trace_files, count_form(TraceSettings::files_least, TraceSettings::files_most),
      "... and keep so many of this islander");
  verb.add_flag(
      "--moved", options.moved,
      "--data is a copy of a directory that is gone for good; else a copy is refused: two would lose entries");
  verb.add_flag("--hold-unsynced", options.hold_unsynced,
                "For tests: keep unsynced bytes out of the kernel's hands, so that kill -9 loses them");
  verb.add_option("--config", "Flags from a JSON file: {\"id\": \"a\", ...}")->type_name("FILE");
}

}  // namespace

void add_serve(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("serve", "Run one islander");
  auto options = std::make_shared<Options>();
  add_flags(*verb, *options);
  add_variables(*verb);
  verb->footer(
      "Three forms: --island (one of a founding set), --join (one more of a standing island), neither (an island\n"
      "of one). A directory that belongs to an island already goes on where it was.");
  verb->callback(
      [options, &action] { action = [options, node = node_options(*options)] { return serve(*options, node); }; });
}

}  // namespace hansard::cli
