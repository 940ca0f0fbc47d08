// tests/house/rules.cpp - the rules themselves; what each holds is said in rules.hpp.
#include "tests/house/rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <regex>
#include <set>

namespace house {

namespace {

constexpr std::array<std::string_view, 5> folders{"log", "government", "sdk", "http", "examples"};
constexpr std::size_t library_folders = 4;  // All of them but the examples.
constexpr std::size_t lines_max = 600;

std::string_view folder_of(std::string_view path) { return path.substr(0, path.find('/')); }

// The place of a folder in the picture, counted from the left; past the end if it is not in it.
std::size_t place(std::string_view folder) {
  return static_cast<std::size_t>(std::ranges::find(folders, folder) - folders.begin());
}

bool is_library(std::string_view path) { return place(folder_of(path)) < library_folders; }
bool is_source(std::string_view path) { return path.ends_with(".cpp") || path.ends_with(".hpp"); }
bool is_leveldb(std::string_view path) { return path.starts_with("log/leveldb_"); }
bool is_pure(std::string_view path) {
  return is_source(path) && !is_leveldb(path) && (path.starts_with("log/") || path.starts_with("government/"));
}

std::size_t line_of(std::string_view text, std::size_t at) {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, at), '\n'));
}

std::string at_line(const std::string& path, std::string_view text, std::size_t at) {
  return path + ":" + std::to_string(line_of(text, at)) + ": ";
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Where `word` stands as a whole word.
std::vector<std::size_t> occurrences(std::string_view text, std::string_view word) {
  std::vector<std::size_t> found;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) {
      found.push_back(at);
    }
  }
  return found;
}

// Whether the name at `at` is called as a free function of the library: not a member, and not being
// declared.
bool is_free_call(std::string_view text, std::size_t at, std::size_t length) {
  std::size_t after = at + length;
  while (after < text.size() && text[after] == ' ') ++after;
  if (after == text.size() || text[after] != '(') return false;
  std::string_view before = text.substr(0, at);
  if (before.ends_with("std::")) return true;
  if (before.ends_with("::")) {  // ::time() is the library's, clock::time() is not.
    return before.size() == 2 || !is_word(before[before.size() - 3]);
  }
  if (before.ends_with(".") || before.ends_with("->")) return false;
  while (!before.empty() && std::isspace(static_cast<unsigned char>(before.back())) != 0) before.remove_suffix(1);
  std::size_t begin = before.size();
  while (begin > 0 && is_word(before[begin - 1])) --begin;
  const std::string_view previous = before.substr(begin);
  static const std::set<std::string_view> not_types{"return", "case", "else", "do", "throw", "and", "or", "not"};
  return previous.empty() || not_types.contains(previous);
}

// The folder, with its slash, of the nearest CMakeLists.txt at or above the file; empty if there is
// none.
std::string list_folder(const Tree& tree, const std::string& path) {
  for (std::size_t slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/', slash - 1)) {
    std::string folder = path.substr(0, slash + 1);
    if (tree.contains(folder + "CMakeLists.txt")) return folder;
    if (slash == 0) break;
  }
  return {};
}

// The sources and headers that a CMakeLists.txt names, as paths from the root.
std::set<std::string> named_in(const std::string& folder, const std::string& text) {
  static const std::regex comment{"#[^\n]*"};
  static const std::regex token{R"re([^\s()"]+\.[ch]pp(?=[\s()"]|$))re"};
  const std::string code = std::regex_replace(text, comment, "");
  std::set<std::string> names;
  for (std::sregex_iterator i{code.begin(), code.end(), token}, end; i != end; ++i) {
    if (i->str().find('$') == std::string::npos) names.insert(folder + i->str());
  }
  return names;
}

}  // namespace

Findings arrows(const Tree& tree) {
  Findings findings;
  for (const auto& [path, text] : tree) {
    const std::size_t from = place(folder_of(path));
    if (!is_source(path) || from == folders.size()) continue;
    for (const std::string& include : includes(text)) {
      const std::string_view folder = folder_of(include);
      const std::size_t to = place(folder);
      const bool is_ours = include.find('/') != std::string::npos && to < folders.size();
      if (folder == "tests") {
        findings.push_back(path + ": includes " + include + ", but nothing includes tests/");
      } else if (is_ours && to > from) {
        findings.push_back(path + ": includes " + include + ", which is to its right");
      } else if (is_leveldb(include) && !is_leveldb(path) && folder_of(path) != "sdk") {
        findings.push_back(path + ": includes " + include + ", which is for sdk/ alone");
      } else if (!is_ours && text.find("\"" + include + "\"") != std::string::npos) {
        findings.push_back(path + ": includes \"" + include + "\" by another path than the one from the root");
      }
    }
  }
  return findings;
}

Findings pure_includes(const Tree& tree) {
  static const std::set<std::string_view> headers{
      "atomic",     "barrier",       "chrono",       "condition_variable", "ctime",      "execution", "fcntl.h",
      "filesystem", "fstream",       "future",       "iostream",           "latch",      "mutex",     "pthread.h",
      "random",     "semaphore",     "shared_mutex", "stop_token",         "syncstream", "thread",    "time.h",
      "unistd.h",   "unordered_map", "unordered_set"};
  static constexpr std::array<std::string_view, 12> prefixes{
      "boost/asio",   "boost/atomic",    "boost/beast", "boost/chrono", "boost/filesystem", "boost/random",
      "boost/thread", "boost/unordered", "leveldb",     "spdlog",       "openssl/",         "sys/"};
  Findings findings;
  for (const auto& [path, text] : tree) {
    if (!is_pure(path)) continue;
    for (const std::string& include : includes(text)) {
      const bool is_below = std::ranges::any_of(prefixes, [&](auto prefix) { return include.starts_with(prefix); });
      if (is_below || headers.contains(include)) {
        findings.push_back(path + ": is pure, but includes " + include);
      }
    }
  }
  return findings;
}

Findings pure_calls(const Tree& tree) {
  static constexpr std::array<std::string_view, 9> calls{"time",  "clock",  "clock_gettime", "gettimeofday", "rand",
                                                         "srand", "getenv", "nanosleep",     "getpid"};
  static constexpr std::array<std::string_view, 3> words{"random_device", "thread_local", "system_clock"};
  Findings findings;
  for (const auto& [path, text] : tree) {
    if (!is_pure(path)) continue;
    const std::string code = without_comments(text, Literals::blank);
    for (const std::string_view call : calls) {
      for (const std::size_t at : occurrences(code, call)) {
        if (is_free_call(code, at, call.size())) {
          findings.push_back(at_line(path, code, at) + "is pure, but calls " + std::string{call} + "()");
        }
      }
    }
    for (const std::string_view word : words) {
      for (const std::size_t at : occurrences(code, word)) {
        findings.push_back(at_line(path, code, at) + "is pure, but uses " + std::string{word});
      }
    }
  }
  return findings;
}

Findings coroutines(const Tree& tree) {
  Findings findings;
  for (const auto& [path, text] : tree) {
    if (!is_source(path) || !is_library(path)) continue;
    const std::string code = without_comments(text, Literals::blank);
    for (const std::string_view word : {"co_await", "co_return", "co_yield"}) {
      for (const std::size_t at : occurrences(code, word)) {
        findings.push_back(at_line(path, code, at) + std::string{word} + " where callbacks were decided on");
      }
    }
  }
  return findings;
}

Findings lengths(const Tree& tree) {
  Findings findings;
  for (const auto& [path, text] : tree) {
    if (!is_source(path) && !is_library(path)) continue;
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    if (lines > lines_max) {
      findings.push_back(path + ": " + std::to_string(lines) + " lines; name its second idea and give it a room");
    }
  }
  return findings;
}

Findings lists(const Tree& tree) {
  Findings findings;
  std::map<std::string, std::set<std::string>> named;  // By folder.
  for (const auto& [path, text] : tree) {
    if (!path.ends_with("/CMakeLists.txt")) continue;
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    named[folder] = named_in(folder, text);
    for (const std::string& name : named[folder]) {
      if (!tree.contains(name)) findings.push_back(path + ": names " + name + ", which does not exist");
    }
  }
  for (const auto& [path, text] : tree) {
    const bool is_listed = path.ends_with(".cpp") || (path.ends_with(".hpp") && is_library(path));
    if (!is_listed) continue;
    const std::string folder = list_folder(tree, path);
    if (folder.empty() || !named[folder].contains(path)) {
      findings.push_back(path + ": is not named in " +
                         (folder.empty() ? "any CMakeLists.txt" : folder + "CMakeLists.txt"));
    }
  }
  return findings;
}

Findings mirrors(const Tree& tree) {
  constexpr std::string_view tests = "tests/";
  constexpr std::string_view suffix = "_test.cpp";
  Findings findings;
  for (const auto& [path, text] : tree) {
    if (!path.starts_with(tests) || !path.ends_with(suffix)) continue;
    const std::string mirrored = path.substr(tests.size(), path.size() - tests.size() - suffix.size());
    if (!is_library(mirrored)) continue;
    if (!tree.contains(mirrored + ".cpp") && !tree.contains(mirrored + ".hpp")) {
      findings.push_back(path + ": tests " + mirrored + ", which does not exist");
    }
  }
  return findings;
}

Findings test_names(const Tree& tree) {
  // A name may be written as several literals in a row; FIXTURE's comes after the class.
  static const std::regex test_case{R"re(\bTEST_CASE(?:_FIXTURE\s*\([^",]*,|\s*\()\s*((?:"(?:[^"\\\n]|\\.)*"\s*)+))re"};
  static const std::regex seam{R"re("\s*")re"};
  Findings findings;
  std::map<std::string, std::string> seen;  // doctest's filters do not tell capitals from small letters.
  for (const auto& [path, text] : tree) {
    if (!path.starts_with("tests/") || !path.ends_with(".cpp")) continue;
    const std::string code = without_comments(text, Literals::keep);
    for (std::sregex_iterator i{code.begin(), code.end(), test_case}, end; i != end; ++i) {
      std::string name = std::regex_replace((*i)[1].str(), seam, "");
      name = name.substr(1, name.rfind('"') - 1);
      const std::string where = at_line(path, code, static_cast<std::size_t>(i->position()));
      if (name.find_first_of(";,[]*?\"\\") != std::string::npos) {
        findings.push_back(where + "\"" + name + "\" holds one of ; , [ ] * ? \" \\");
      }
      if (name.find(": ") == std::string::npos) {
        findings.push_back(where + "\"" + name + "\" is not of the form \"subject: sentence\"");
      }
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      const auto [earlier, is_new] = seen.emplace(name, where);
      if (!is_new) findings.push_back(where + "\"" + name + "\" is also the name at " + earlier->second);
    }
  }
  return findings;
}

Findings top_level_names(const std::vector<std::string>& names) {
  static const std::set<std::string_view> allowed{
      "CMakeLists.txt", "CMakePresets.json", "LICENSE", "README.md", "dev", "docs",
      "examples",       "government",        "http",    "log",       "sdk", "tests"};
  Findings findings;
  for (const std::string& name : names) {
    if (!name.starts_with(".") && !allowed.contains(name))
      findings.push_back(name + ": does not belong at the top level");
  }
  return findings;
}

}  // namespace house
