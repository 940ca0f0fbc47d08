// government/trace_tag.hpp - the numbers of the records of a trace, for trace.cpp and trace_decoder.cpp alone.
#pragma once

#include <cstdint>

namespace hansard {

// Numbers in files. Never changed and never used again. Inputs from 1, outputs from `some` (there was one) and `none`.
namespace trace_tag {
inline constexpr std::uint8_t start = 1;
inline constexpr std::uint8_t bootstrap = 2;
inline constexpr std::uint8_t join = 3;
inline constexpr std::uint8_t enqueue = 4;
inline constexpr std::uint8_t give_up = 5;
inline constexpr std::uint8_t read = 6;
inline constexpr std::uint8_t give_up_read = 7;
inline constexpr std::uint8_t operate = 8;
inline constexpr std::uint8_t give_up_operation = 9;
inline constexpr std::uint8_t request = 10;
inline constexpr std::uint8_t sent = 11;
inline constexpr std::uint8_t disconnected = 12;
inline constexpr std::uint8_t persisted = 13;
inline constexpr std::uint8_t supplied = 14;
inline constexpr std::uint8_t timer = 15;
inline constexpr std::uint8_t resign = 16;
inline constexpr std::uint8_t room = 17;
inline constexpr std::uint8_t some = 64;
inline constexpr std::uint8_t none = 96;
inline constexpr std::uint8_t check = 127;
}  // namespace trace_tag

}  // namespace hansard
