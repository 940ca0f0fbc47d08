// government/mark.hpp - what a number means, told to whoever walks over the members of a class (archive.hpp).
//
// A mark on a map is true of its keys; but times and durations are values, also those beside the ids of pulses. On a
// list of pairs it is true of what is first.
#pragma once

#include <cstdint>

namespace hansard {

enum class Mark : std::uint8_t { time, due, duration, pulse, request, want, ticket };

template <Mark mark, class T>
struct Marked {
  T& value;
};

// clang-format off
template <class T> [[nodiscard]] Marked<Mark::time, T> as_time(T& value) { return {value}; }
template <class T> [[nodiscard]] Marked<Mark::due, T> as_due(T& value) { return {value}; }  // a time to come
template <class T> [[nodiscard]] Marked<Mark::duration, T> as_duration(T& value) { return {value}; }
template <class T> [[nodiscard]] Marked<Mark::pulse, T> as_pulse(T& value) { return {value}; }
template <class T> [[nodiscard]] Marked<Mark::request, T> as_request(T& value) { return {value}; }
template <class T> [[nodiscard]] Marked<Mark::want, T> as_want(T& value) { return {value}; }
template <class T> [[nodiscard]] Marked<Mark::ticket, T> as_ticket(T& value) { return {value}; }
// clang-format on

}  // namespace hansard
