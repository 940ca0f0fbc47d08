// log/error.hpp - errors of the world as values: a code and one line that a person can act on.
//
// A protocol answer is never an Error, a bug asserts. `what` names file, promise or id where they are known.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace hansard {

enum class Errc {
  corrupt,         // bytes that do not say what they should: a flipped bit, a torn record, garbage from a peer
  unsupported,     // another format version
  in_use,          // another process holds the directory
  wrong_identity,  // the directory belongs to another id
  io,              // the disk said no; the store is not to be used further
  no_space,        // the disk is full
  not_found,
  trimmed,  // below the oldest retained entry
  behind,   // still on its way to this islander
  invalid,  // an argument over its limit or of the wrong form
};

[[nodiscard]] const char* to_string(Errc code);

struct Error {
  Errc code = Errc::invalid;
  std::string what;
};

// Either a value or an Error. Test with `if (!r)`, then r.error(); else *r.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor)
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  [[nodiscard]] T& operator*() { return std::get<0>(state_); }
  [[nodiscard]] const T& operator*() const { return std::get<0>(state_); }
  [[nodiscard]] T* operator->() { return &std::get<0>(state_); }
  [[nodiscard]] const T* operator->() const { return &std::get<0>(state_); }
  [[nodiscard]] const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool has_value() const { return !failed_; }
  explicit operator bool() const { return !failed_; }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace hansard
