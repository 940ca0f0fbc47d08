// http/cli/replay.cpp - `hansard replay`: recordings run again, verified to the byte, and what they tell.
#include "government/replay.hpp"

#include "http/cli/flags.hpp"
#include "http/cli/story.hpp"
#include "http/cli/verbs.hpp"
#include "http/json.hpp"
#include "http/query.hpp"
#include "sdk/build_id.hpp"
#include "sdk/trace_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace hansard::cli {

namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

constexpr const char* who = "hansard replay";
constexpr std::uintmax_t file_bytes_max = std::uintmax_t{4} << 30U;

struct Options {
  std::vector<std::string> paths;
  std::string slow = "500ms";
  bool everything = false;
  bool force = false;
  bool json = false;
};

std::string time_of(std::int64_t wall_us) {
  std::string text;
  http::append_time(text, wall_us);
  return text;
}

// Files as they are, folders as the recordings in them, in the order of their names.
Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code wrong;
    if (!fs::is_directory(path, wrong)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (fs::directory_iterator i{path, wrong}, end; !wrong && i != end; i.increment(wrong)) {
      if (i->path().extension() == ".trace") inside.push_back(i->path().string());
    }
    if (wrong) return Error{Errc::io, path + ": " + wrong.message()};
    if (inside.empty()) return Error{Errc::not_found, path + ": no recording (*.trace) is in it"};
    std::ranges::sort(inside);
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

Result<std::string> read_whole(const std::string& path) {
  std::error_code wrong;
  const std::uintmax_t size = fs::file_size(path, wrong);
  if (wrong) return Error{Errc::io, wrong.message()};
  if (size > file_bytes_max) return Error{Errc::invalid, "larger than any recording"};
  std::ifstream in{path, std::ios::binary};
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    return Error{Errc::io, "cannot be read: " + std::string(std::strerror(errno))};
  }
  return bytes;
}

// What a file that was replayed to its end leaves for the one that goes on.
struct Left {
  std::string file;
  Identity identity;
  std::uint64_t number = 0;
  std::string state;
};

class Player {
 public:
  explicit Player(const Options& options) : options_(options) {
    story_options_.slow = static_cast<Tick>(http::parse_duration(options.slow)->count()) * 1'000;
    story_options_.everything = options.everything;
  }

  // 0: as recorded; 1: not, or damaged, or of another build.
  int play(const std::string& file) {
    ordered_json json;
    json["file"] = file;
    const std::string trouble = play(file, json);
    if (!trouble.empty()) json["trouble"] = trouble;
    if (options_.json) {
      // Text of a damaged file need not be UTF-8.
      std::puts(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace).c_str());
    } else if (!trouble.empty()) {
      std::printf("  %s\n", trouble.c_str());
    }
    return trouble.empty() ? 0 : 1;
  }

 private:
  void say(const std::string& text) const {
    if (!options_.json) std::printf("%s\n", text.c_str());
  }

  void print(const std::string& file, const Story::Line& line) const {
    if (!options_.json) return say("  " + time_of(line.wall_us) + "  " + line.text);
    ordered_json json;
    json["file"] = file;
    json["at"] = time_of(line.wall_us);
    json["what"] = line.what;
    for (const auto& [name, value] : line.facts) json["facts"][name] = value;
    std::puts(json.dump(-1, ' ', false, ordered_json::error_handler_t::replace).c_str());
  }

  // What is wrong with it; empty: nothing.
  std::string play(const std::string& file, ordered_json& json) {
    say(file);
    std::optional<Left> before = std::exchange(left_, std::nullopt);
    const Result<std::string> bytes = read_whole(file);
    if (!bytes) return bytes.error().what;
    Result<TraceReader> opened = TraceReader::open(*bytes);
    if (!opened) return opened.error().what;
    TraceReader& reader = *opened;
    if (reader.has_begin()) introduce(reader.begin(), json);
    if (!reader.has_state()) {
      say("  the process was killed before anything was recorded");
      json["ended"] = "torn";
      json["verified"] = true;
      return {};
    }
    const TraceBegin& begin = reader.begin();
    if (begin.build != build_id()) {
      const std::string other =
          "recorded by another build: " + begin.build + "; this one is " + std::string(build_id());
      if (!options_.force) return other + ": not replayed (--force tries)";
      say("  " + other);
    }
    std::string continues = follows(before, reader);
    if (!continues.empty()) return continues;
    auto core = Legislator::restore(reader.state());
    if (!core) return "the state in it: " + core.error().what;

    Story story{begin.identity.id, story_options_, [&](const Story::Line& line) { print(file, line); }};
    Replay replay{std::move(*core), begin.clock, begin.hash, begin.first_input, &story};
    std::string ending;
    std::string trouble = run(reader, replay, json, ending);
    story.finish();
    if (!ending.empty()) say("  " + ending);
    for (const std::string& line : story.figures()) say("  " + line);
    json["figures"] = story.json();
    json["outputs"] = replay.outputs();
    json["verified"] = trouble.empty();
    if (!trouble.empty()) return trouble;
    say("  verified: " + std::to_string(replay.inputs()) + " inputs gave the same " + std::to_string(replay.outputs()) +
        " outputs, to the byte");
    if (reader.end() && reader.end()->cause == TraceEnd::Cause::rotation) {
      left_ = Left{file, begin.identity, begin.file, {}};
      replay.core().save(left_->state);
    }
    return {};
  }

  void introduce(const TraceBegin& begin, ordered_json& json) const {
    const char* causes[] = {"the start of a run", "where the file before it ended", "after a gap"};
    const std::string cause = causes[static_cast<std::size_t>(begin.cause) - 1];
    say("  islander " + begin.identity.id + " (cookie " + to_string(begin.identity.cookie) + ", start " +
        std::to_string(begin.identity.start) + "), file " + std::to_string(begin.file) + " of the run; begins " +
        time_of(begin.wall_us) + " with input " + std::to_string(begin.first_input) + ": " + cause);
    json["islander"] = begin.identity.id;
    json["cookie"] = to_string(begin.identity.cookie);
    json["start"] = begin.identity.start;
    json["number"] = begin.file;
    json["build"] = begin.build;
    json["begins"] = time_of(begin.wall_us);
    json["first_input"] = begin.first_input;
  }

  // Where the file before this one was replayed to its end, the state there is the one that this begins with.
  std::string follows(const std::optional<Left>& before, const TraceReader& reader) const {
    const TraceBegin& begin = reader.begin();
    if (!before || begin.cause != TraceBegin::Cause::rotation) return {};
    const bool is_next = before->identity.id == begin.identity.id && before->identity.cookie == begin.identity.cookie &&
                         before->identity.start == begin.identity.start && before->number + 1 == begin.file;
    if (!is_next) return {};
    if (before->state != reader.state())
      return "differs: it does not begin with the state in which " + before->file + " ends";
    say("  begins with the state in which " + before->file + " ends, to the byte");
    return {};
  }

  std::string run(TraceReader& reader, Replay& replay, ordered_json& json, std::string& ending) const {
    while (true) {
      const auto piece = reader.next();
      if (!piece) return piece.error().what;
      if (!*piece) break;
      const Result<bool> same = replay.run(**piece);
      if (!same) return same.error().what;
      if (*same) continue;
      const Difference& d = *replay.difference();
      json["difference"] = {
          {"input", d.input}, {"after", d.after}, {"output", d.output}, {"expected", d.expected}, {"got", d.got}};
      return "differs after input " + std::to_string(d.input) + " (" + d.after + "), output " +
             std::to_string(d.output) + ": recorded " + d.expected + ", got " + d.got;
    }
    if (reader.is_torn()) {
      ending = "ends torn: the process was killed, or still runs; what it had not handed to the system is lost";
      json["ended"] = "torn";
      return {};
    }
    const TraceEnd& end = *reader.end();
    if (end.inputs != replay.inputs()) {
      return "it says that it holds " + std::to_string(end.inputs) + " inputs, and there are " +
             std::to_string(replay.inputs());
    }
    switch (end.cause) {
      case TraceEnd::Cause::rotation:
        ending = "ends full: the next file goes on";
        json["ended"] = "rotation";
        break;
      case TraceEnd::Cause::stop:
        ending = "ends with the islander's stop";
        json["ended"] = "stop";
        break;
      case TraceEnd::Cause::gap:
        ending = "ends with a gap: the disk did not keep up, and what follows was not recorded";
        json["ended"] = "gap";
        break;
    }
    return {};
  }

  const Options& options_;
  StoryOptions story_options_;
  std::optional<Left> left_;
};

int replay(const Options& options) {
  const auto files = files_of(options.paths);
  if (!files) return fail(who, files.error().what);
  Player player{options};
  std::size_t wrong = 0;
  for (const std::string& file : *files) wrong += player.play(file) != 0 ? 1U : 0U;
  if (wrong == 0) return 0;
  return fail(who, std::to_string(wrong) + " of " + std::to_string(files->size()) +
                       (files->size() == 1 ? " file is" : " files are") + " not what was recorded");
}

}  // namespace

void add_replay(CLI::App& app, Action& action) {
  CLI::App* verb =
      app.add_subcommand("replay", "Run recordings of `serve --trace` again, verify them, tell their story");
  auto options = std::make_shared<Options>();
  verb->add_option("FILE", options->paths, "Recordings, or folders of them")->required()->type_name("");
  add(*verb, "--slow", options->slow, duration_form("1ms", "1h"),
      "Tell of every write, answer, silence or pause that took this long");
  verb->add_flag("--events", options->everything, "Also tell what the islander noted as unimportant");
  verb->add_flag("--force", options->force, "Also replay recordings of another build");
  verb->add_flag("--json", options->json, "Print JSON: an object for each thing told, then one for the file");
  add_variables(*verb);
  verb->callback([options, &action] { action = [options] { return replay(*options); }; });
}

}  // namespace hansard::cli
