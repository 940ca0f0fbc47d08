// http/cli/append.cpp - `hansard append`: arguments, a file, or the lines of stdin.
//
// Without an idempotency key an append is sent again only where it is known not to have happened; where nobody knows,
// the verb ends with 1 and says so. With one it may be sent again. A key or a condition is one append's: the lines of
// stdin are then one batch, whole or not at all.
#include "http/cli/batch.hpp"
#include "http/cli/flags.hpp"
#include "http/cli/progress.hpp"
#include "http/cli/verbs.hpp"
#include "log/promise.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace hansard::cli {

namespace {

constexpr const char* who = "hansard append";
constexpr std::size_t read_bytes = std::size_t{64} << 10U;

struct Options {
  Target target;
  std::vector<std::string> texts;
  std::string file;
  bool lines = false;
  std::string channel;
  std::string key;
  std::string if_match;

  [[nodiscard]] bool is_one_append() const { return !key.empty() || !if_match.empty(); }
};

// What keeps CLI11 from taking an argument "[a,b]" for a list of two, and one after `--` for a flag. See
// protect_texts().
constexpr char guard = '\x1f';

std::string unguarded(const std::string& text) { return text.starts_with(guard) ? text.substr(1) : text; }

class Appender {
 public:
  explicit Appender(const Options& options) : options_(options), client_(options.target.urls()) {}

  // `what` names it where it fails. Both return the exit code.
  int entry(std::string body, const char* content_type, const std::string& what) {
    return send("/entries", std::move(body), content_type, what);
  }
  int batch(std::string body, const std::string& what) {
    return send("/batch", std::move(body), "application/vnd.hansard.batch", what);
  }

 private:
  int send(std::string_view below, std::string body, const char* content_type, const std::string& what) {
    client::Call call{"POST", options_.target.path(below), {}, std::move(body)};
    call.headers.emplace_back("Content-Type", content_type);
    if (!options_.channel.empty()) call.headers.emplace_back("Hansard-Channel", options_.channel);
    if (!options_.key.empty()) call.headers.emplace_back("Idempotency-Key", options_.key);
    if (!options_.if_match.empty()) call.headers.emplace_back("If-Match", '"' + options_.if_match + '"');
    const auto safety = options_.key.empty() ? client::Safety::once : client::Safety::repeat;
    const client::Outcome outcome = client_.call(call, patience_for(http::Limits::timeout_usual), safety);
    if (!outcome.is(201) && !outcome.is(200)) return fail(who, what + ": " + complaint(outcome));
    return print(outcome.answer.body, what);
  }

  static bool is_unknown(const client::Outcome& outcome) {
    if (outcome.fate != client::Fate::answered) return outcome.fate == client::Fate::unknown;
    const auto problem = nlohmann::json::parse(outcome.answer.body, nullptr, false);
    return problem.is_object() && problem.value("outcome", nlohmann::json()) == "unknown";
  }

  [[nodiscard]] std::string complaint(const client::Outcome& outcome) const {
    if (is_unknown(outcome)) {
      return "outcome unknown, perhaps appended, perhaps not (" + explain(outcome) + "); " +
             (options_.key.empty() ? "without an idempotency key it is not tried again"
                                   : "the same key may safely be tried again");
    }
    return "not appended (" + explain(outcome) + ")";
  }

  int print(const std::string& body, const std::string& what) const {
    if (options_.target.json) {
      std::string line = body;
      while (line.ends_with('\n')) line.pop_back();
      std::puts(line.c_str());
    } else {
      const std::vector<std::string> promises = promises_of(body);
      if (promises.empty()) return fail(who, what + ": answered as appended, but with no promise");
      for (const std::string& promise : promises) std::puts(promise.c_str());
    }
    std::fflush(stdout);
    return 0;
  }

  // {"promise":"3/42"} or {"first":"3/42","last":"3/44","count":3}, whose promises are adjacent.
  static std::vector<std::string> promises_of(const std::string& body) {
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    const auto member = [&](const char* name) -> std::optional<Promise> {
      if (!answer.is_object() || !answer.contains(name) || !answer[name].is_string()) return {};
      return parse_promise(answer[name].get<std::string>());
    };
    if (const auto one = member("promise")) return {to_string(*one)};
    const std::optional<Promise> first = member("first");
    const std::optional<Promise> last = member("last");
    std::vector<std::string> promises;
    if (!first || !last || first->government != last->government) return promises;
    if (last->entry - first->entry >= Batch::entries_max) return promises;
    for (Promise promise = *first; promise <= *last; ++promise.entry) {
      promises.push_back(to_string(promise));
    }
    return promises;
  }

  const Options& options_;
  client::Client client_;
};

bool has_more_input() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  return ::poll(&input, 1, 0) > 0;
}

// Each line an entry. A batch goes out when it is full, or when there is nothing more to read at
// the moment: a slow writer is not kept waiting, a fast one gets large batches.
class LineReader {
 public:
  // `one_batch`: all lines or none, whatever the writer's pace.
  LineReader(Appender& appender, bool one_batch) : appender_(appender), one_batch_(one_batch) {}

  int run() {
    std::vector<char> piece(read_bytes);
    while (true) {
      const ssize_t got = ::read(STDIN_FILENO, piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(who, "stdin: cannot be read");
      if (got == 0) break;
      if (const int code = take({piece.data(), static_cast<std::size_t>(got)})) return code;
      if (!one_batch_ && !has_more_input()) {
        if (const int code = flush()) return code;
      }
    }
    if (!partial_.empty()) {  // A last line without its end of line.
      if (const int code = add_line()) return code;
    }
    return flush();
  }

 private:
  int take(std::string_view bytes) {
    while (true) {
      const std::size_t end = bytes.find('\n');
      partial_ += bytes.substr(0, end);
      if (partial_.size() > Batch::entry_bytes_max) {
        return fail(who, "line " + std::to_string(lines_ + 1) + ": not appended (longer than " +
                             std::to_string(Batch::entry_bytes_max) + " bytes)");
      }
      if (end == std::string_view::npos) return 0;
      if (const int code = add_line()) return code;
      bytes.remove_prefix(end + 1);
    }
  }

  int add_line() {
    if (!batch_.has_room(partial_.size())) {
      if (one_batch_) return fail(who, "line " + std::to_string(lines_ + 1) + ": not appended (" + too_many + ")");
      if (const int code = flush()) return code;
    }
    batch_.add(partial_);
    partial_.clear();
    ++lines_;
    return 0;
  }

  int flush() {
    if (batch_.count() == 0) return 0;
    const std::uint64_t first = lines_ - batch_.count() + 1;
    const std::string what = "lines " + std::to_string(first) + " to " + std::to_string(lines_);
    const int code = appender_.batch(batch_.take(), what);
    progress_.show(std::to_string(lines_) + " lines appended");
    return code;
  }

  static constexpr const char* too_many = "more than one batch holds, and a key or a condition is for one";

  Appender& appender_;
  const bool one_batch_;
  Progress progress_{true};
  Batch batch_;
  std::string partial_;
  std::uint64_t lines_ = 0;  // complete ones read so far
};

int append_file(Appender& appender, const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::string body{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) return fail(who, path + ": cannot be read");
  return appender.entry(std::move(body), "application/octet-stream", path);
}

int append(const Options& options) {
  Appender appender{options};
  if (options.lines) return LineReader{appender, options.is_one_append()}.run();
  if (!options.file.empty()) return append_file(appender, options.file);
  for (std::size_t i = 0; i < options.texts.size(); ++i) {
    const std::string what = "text " + std::to_string(i + 1);
    const int code = appender.entry(options.texts[i], "text/plain; charset=utf-8", what);
    if (code != 0) return code;
  }
  return 0;
}

}  // namespace

void protect_texts(std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0] != "append") return;
  const auto mark = std::ranges::find(arguments, "--");
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    if (argument > mark || argument->starts_with('[') || argument->starts_with(guard)) argument->insert(0, 1, guard);
  }
  if (mark != arguments.end()) arguments.erase(mark);
}

void add_append(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("append", "Append entries; prints their promises");
  auto options = std::make_shared<Options>();
  CLI::Option* text = verb->add_option("TEXT", "An entry each (a text that begins with - after --)")
                          ->type_name("")
                          ->expected(0, CLI::detail::expected_max_vector_size)
                          ->allow_extra_args();
  add(*verb, "--file", options->file, path_form(), "Append this file, as it is, as one entry");
  verb->add_flag("--lines", options->lines, "Append each line of stdin as an entry, in batches");
  add(*verb, "--channel", options->channel, name_form(), "Put the entries into this channel");
  add(*verb, "--key", options->key, key_form(), "Append once under this idempotency key, however often it is sent");
  add(*verb, "--if-match", options->if_match, promise_form(), "Append only where this is the newest entry (0/0: none)");
  add_target(*verb, options->target);
  verb->callback([text, options, &action] {
    for (const std::string& one : text->results()) options->texts.push_back(unguarded(one));
    options->file = unguarded(options->file);
    const int sources = (text->count() > 0 ? 1 : 0) + (options->file.empty() ? 0 : 1) + (options->lines ? 1 : 0);
    if (sources != 1) refuse("give one of TEXT, --file F, --lines");
    if (options->is_one_append() && options->texts.size() > 1) refuse("--key and --if-match are for one TEXT");
    action = [options] { return append(*options); };
  });
}

}  // namespace hansard::cli
