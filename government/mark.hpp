// government/mark.hpp - what a number means, told to whoever walks over the members of a class (archive.hpp).
//
// The mark on a map or list is true of its keys or elements; times are a map's values.
#pragma once

#include <cstdint>

namespace hansard {

enum class Mark : std::uint8_t { time, pulse, request, want, ticket };

template <Mark mark, class T>
struct Marked {
  T& value;
};

// clang-format off
template <class T> [[nodiscard]] Marked<Mark::time, T> as_time(T& value) { return {value}; }
template <class T> [[nodiscard]] Marked<Mark::pulse, T> as_pulse(T& value) { return {value}; }
template <class T> [[nodiscard]] Marked<Mark::request, T> as_request(T& value) { return {value}; }
template <class T> [[nodiscard]] Marked<Mark::want, T> as_want(T& value) { return {value}; }
template <class T> [[nodiscard]] Marked<Mark::ticket, T> as_ticket(T& value) { return {value}; }
// clang-format on

}  // namespace hansard
