// government/replay.hpp - Replay: a recorded Legislator run again, and its outputs held against the recording.
//
// Given a Legislator in the state from which the recording begins and the trace's records (government/trace.hpp) in
// pieces, it brings the inputs, pulls the outputs as the host did, and compares each output with what was recorded, to
// the byte. It stops at the first that differs: from there on the two are different Legislators.
// A Witness sees every input and output on the way: it is who tells the story.
#pragma once

#include "government/legislator.hpp"
#include "government/trace.hpp"
#include "log/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {

class Witness {
 public:
  Witness() = default;
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  virtual ~Witness() = default;

  // Before it is acted upon. `number`: from 1 in the recording.
  virtual void input(std::uint64_t number, const Input& input) = 0;
  // Outputs, of the input before, where there are any. Those not named here are only compared.
  virtual void pulse(const Pulse& pulse) = 0;
  virtual void write(const Write& write) = 0;
  virtual void want(const Want& want) = 0;
  virtual void committed(const std::vector<EntryPtr>& entries) = 0;
  virtual void appended(const std::vector<Appended>& ended) = 0;
  virtual void events(const std::vector<Event>& events) = 0;
  virtual void halt(const Error& error) = 0;
};

// Where a replay and its recording part.
struct Difference {
  std::uint64_t input = 0;   // number of the input after which it shows
  std::string after;         // that input, described
  std::uint64_t output = 0;  // which pull since then, from 1
  std::string expected;      // as recorded
  std::string got;
};

class Replay {
 public:
  // `first_input`: number of the first input to come; `hash`: the running hash where the trace begins. `witness` may be
  // null, else it must live as long.
  Replay(std::unique_ptr<Legislator> core, TraceClock clock, Id128 hash, std::uint64_t first_input, Witness* witness);
  ~Replay();
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  // Whole records. True: all went as recorded. False: they differ, see difference(); nothing more is run. Errc::corrupt
  // where the bytes are no records.
  [[nodiscard]] Result<bool> run(std::string_view records);

  [[nodiscard]] const std::optional<Difference>& difference() const { return difference_; }
  [[nodiscard]] std::uint64_t inputs() const { return inputs_; }    // brought
  [[nodiscard]] std::uint64_t outputs() const { return outputs_; }  // compared; those that were none are not counted
  [[nodiscard]] const Legislator& core() const { return *core_; }

 private:
  [[nodiscard]] Result<bool> run_all(std::string_view records);
  [[nodiscard]] bool is_possible(const input::Any& input) const;
  [[nodiscard]] Result<bool> bring(Input&& input, std::string_view bytes);
  [[nodiscard]] bool check(const CheckRecord& expected);
  [[nodiscard]] bool pull(const OutputRecord& expected);
  // What our own recording says now is what `expected` says. Else `describe` says what there is instead.
  template <class Describe>
  [[nodiscard]] bool same(const OutputRecord& expected, Describe describe);
  [[nodiscard]] std::string last_input() const;

  std::unique_ptr<Legislator> core_;
  Witness* witness_;
  TraceDecoder decoder_;
  std::string actual_;    // what our own recording says of this step
  std::string expected_;  // what the recording says of it
  std::string returned_;  // what our own recording says of what the last input returned
  TraceEncoder encoder_;
  std::uint64_t first_input_;
  std::uint64_t inputs_ = 0;
  std::uint64_t outputs_ = 0;
  std::uint64_t pulls_ = 0;          // since the last input
  std::string_view last_bytes_;      // of that input, while its piece is run
  std::string last_input_ = "none";  // once that is over
  std::optional<Difference> difference_;
};

}  // namespace hansard
