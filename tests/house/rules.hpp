// tests/house/rules.hpp - what must hold of the source text, as functions from text to findings.
//
// Why it exists: docs/README.md draws arrows between the folders and calls two of them pure; a
// drawing that nothing holds is soon wrong. Every rule is a function of a Tree, so that a test can
// plant a violation and see that it is caught. Errors: a rule returns its findings, each one line
// "path: what is wrong"; none means that the rule holds.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace house {

// Path from the root ("log/promise.cpp") to the whole text of the file.
using Tree = std::map<std::string, std::string>;
using Findings = std::vector<std::string>;

// All files below log, government, sdk, http, examples and tests of a checkout.
Tree load(const std::string& root);
// Names directly below the root, without those that .gitignore names there.
std::vector<std::string> top_level(const std::string& root);

enum class Literals { keep, blank };
// The text with its comments blanked out and, if asked, what its string and character literals
// hold. Lines stay.
std::string without_comments(std::string_view text, Literals literals);
// What the file includes, without quotes or brackets.
std::vector<std::string> includes(std::string_view text);

// A folder includes itself and what is to its left; nothing includes tests/; log/leveldb_* is for
// sdk/ alone; our own files are included by their path from the root.
Findings arrows(const Tree& tree);
// log/ (without leveldb_*) and government/ include no clock, thread, file, socket or unordered
// container.
Findings pure_includes(const Tree& tree);
// ... and use none through a back door: no time(), no rand(), no environment, no thread_local.
Findings pure_calls(const Tree& tree);
// The library is written with callbacks: no coroutine below log, government, sdk, http.
Findings coroutines(const Tree& tree);
// One idea a file: nothing below log, government, sdk, http and no source anywhere is longer than
// 600 lines.
Findings lengths(const Tree& tree);
// Each source is named in the nearest CMakeLists.txt (and each header of the libraries), and what
// is named exists.
Findings lists(const Tree& tree);
// tests/<folder>/<file>_test.cpp stands beside <folder>/<file>.
Findings mirrors(const Tree& tree);
// Names of test cases: "subject: sentence", unique, and without what CMake or doctest would take
// apart.
Findings test_names(const Tree& tree);
// The top level holds only what the layout names.
Findings top_level_names(const std::vector<std::string>& names);

}  // namespace house
