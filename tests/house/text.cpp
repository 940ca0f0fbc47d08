// tests/house/text.cpp - reading the source text: the tree, what is code in it, what it includes.
#include "tests/house/rules.hpp"

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>

namespace house {

namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{}};
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Whether the quote at `at` separates digits (1'000) rather than beginning a character literal.
bool is_digit_separator(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && (is_word(text[begin - 1]) || text[begin - 1] == '\'')) --begin;
  return begin < at && std::isdigit(static_cast<unsigned char>(text[begin])) != 0;
}

// The end (one past) of the literal whose quote is at `at`.
std::size_t end_of_literal(std::string_view text, std::size_t at) {
  const char quote = text[at];
  if (quote == '"' && at > 0 && text[at - 1] == 'R') {
    const std::size_t open = text.find('(', at);
    if (open == std::string_view::npos) return text.size();
    const std::string close = ")" + std::string{text.substr(at + 1, open - at - 1)} + "\"";
    const std::size_t end = text.find(close, open);
    return end == std::string_view::npos ? text.size() : end + close.size();
  }
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == quote || text[i] == '\n') {
      return i + 1;
    }
  }
  return text.size();
}

std::size_t end_of_comment(std::string_view text, std::size_t at) {
  const bool is_line = text[at + 1] == '/';
  const std::size_t end = is_line ? text.find('\n', at) : text.find("*/", at + 2);
  if (end == std::string_view::npos) return text.size();
  return is_line ? end : end + 2;
}

void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (text[i] != '\n') text[i] = ' ';
  }
}

}  // namespace

Tree load(const std::string& root) {
  Tree tree;
  for (const char* folder : {"log", "government", "sdk", "http", "examples", "tests"}) {
    if (!fs::exists(fs::path{root} / folder)) continue;
    for (auto entry = fs::recursive_directory_iterator{fs::path{root} / folder};
         entry != fs::recursive_directory_iterator{}; ++entry) {
      const std::string name = entry->path().filename().string();
      if (name.starts_with(".") || name == "node_modules" || name == "__pycache__") {
        entry.disable_recursion_pending();
      } else if (entry->is_regular_file()) {
        tree[fs::relative(entry->path(), root).generic_string()] = read(entry->path());
      }
    }
  }
  return tree;
}

std::vector<std::string> top_level(const std::string& root) {
  std::set<std::string> ignored;
  std::istringstream lines{read(fs::path{root} / ".gitignore")};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("/")) line.erase(0, 1);
    if (line.ends_with("/")) line.pop_back();
    ignored.insert(line);
  }
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator{root}) {
    const std::string name = entry.path().filename().string();
    if (!ignored.contains(name)) names.push_back(name);
  }
  return names;
}

std::string without_comments(std::string_view text, Literals literals) {
  std::string code{text};
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '/' && (next == '/' || next == '*')) {
      const std::size_t end = end_of_comment(text, i);
      blank(code, i, end);
      i = end;
    } else if (c == '"' || (c == '\'' && !is_digit_separator(text, i))) {
      const std::size_t end = end_of_literal(text, i);
      if (literals == Literals::blank && end > i + 1) blank(code, i + 1, end - 1);
      i = end;
    } else {
      ++i;
    }
  }
  return code;
}

std::vector<std::string> includes(std::string_view text) {
  // A line of blanked text says that it is no part of a comment or of a literal; the kept text says
  // what it includes.
  static const std::regex directive{R"re(^\s*#\s*include\s*["<]([^">]+)[">])re"};
  std::istringstream kept{without_comments(text, Literals::keep)};
  std::istringstream blanked{without_comments(text, Literals::blank)};
  std::vector<std::string> found;
  for (std::string line, check; std::getline(kept, line) && std::getline(blanked, check);) {
    std::smatch match;
    if (check.find('#') != std::string::npos && std::regex_search(line, match, directive)) {
      found.push_back(match[1]);
    }
  }
  return found;
}

}  // namespace house
