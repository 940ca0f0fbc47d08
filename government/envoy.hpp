// government/envoy.hpp - Envoy: brings what operators ask of this islander to the leader in office, whoever that is.
//
// Asked here, done there: by the clerk of the leader (protocol sections 5 and 6). What a leader loses with its office,
// or a connection loses, is asked again of the next one, until it is done, refused or given up: done twice is done once
// (message.hpp, Operation). What is done is told when this islander's own log shows it.
#pragma once

#include "government/chamber.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hansard {

class Envoy : public Part {
 public:
  explicit Envoy(Chamber& chamber) : chamber_(chamber) {}

  void operate(Operation operation, std::uint64_t token);
  void give_up(std::uint64_t token);
  // By our own clerk: what became of it. `at`: of what is done.
  void ended(std::uint64_t token, OperateAnswer::Verdict verdict, Promise at, std::string why);

  void look();  // the log's committed moved, or something was written
  void leader_changed();

  void sent(PulseId id, const Reply* reply) override;
  void event() override {}
  [[nodiscard]] Tick next_event() const override;
  void pull() override;

  template <class Archive>
  void members(Archive& a) {
    a(open_, as_time(not_before_));
  }

 private:
  struct Open {
    enum class Stage : std::uint8_t { waits, asked, reaching };
    std::uint64_t token = 0;
    Operation operation;
    Stage stage = Stage::waits;
    std::optional<PulseId> pulse;  // asked: of another islander; none: of our own clerk
    Promise at;                    // reaching: done there

    template <class Archive>
    void members(Archive& a) {
      a(token, operation);
      a.choice(stage, Stage::reaching);
      a(as_pulse(pulse), at);
    }
  };

  void end(std::vector<Open>::iterator open, OperateAnswer::Verdict verdict, Promise at, std::string why);
  // Our own log shows what is done up to there; a trim, when it is gone from the disk.
  [[nodiscard]] bool shows(const Open& open) const;
  // Of the leader in office, where it is known.
  void ask(Open& open);

  Chamber& chamber_;
  std::vector<Open> open_;
  Tick not_before_ = 0;  // nobody is asked before
};

}  // namespace hansard
