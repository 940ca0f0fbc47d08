// government/clerk.hpp - Clerk: what operators ask of the leader in office. Protocol section 5: exile, transfer, the
// size aimed at; section 6: trimming; and the log's settings.
//
// The writer's shaper carries out the first and the last as fiats; the clerk says what is wanted, hands over office
// itself, and tells when each is done: an exile when it is settled, a size when it is aimed at, a transfer when the
// other leads. Loss of office ends what is open: the asker asks the next leader.
#pragma once

#include "government/chamber.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hansard {

class Clerk : public Part {
 public:
  explicit Clerk(Chamber& chamber) : chamber_(chamber) {}

  void operate(Operation operation, std::uint64_t token);
  void give_up(std::uint64_t token);

  // What the shaper should bring about.
  [[nodiscard]] std::map<std::string, Cookie, std::less<>> exiles() const;
  [[nodiscard]] std::uint32_t aim() const;    // 0: no wish
  [[nodiscard]] Promise trim_before() const;  // 0/0: no wish

  void committed();     // the log's committed moved
  void leader_heard();  // another leads
  void office_left();

  void sent(PulseId id, const Reply* reply) override;
  void event() override;
  [[nodiscard]] Tick next_event() const override;
  void pull() override;

  template <class Archive>
  void members(Archive& a) {
    a(open_);
  }

 private:
  struct Open {
    std::uint64_t token = 0;
    Operation operation;
    Cookie cookie;  // of whom it names
    Tick asked_at = 0;
    bool nominated = false;
    Promise gone_at;  // exile: the first committed government without it; settings: the entry that bears them

    template <class Archive>
    void members(Archive& a) {
      a(token, operation, cookie, as_time(asked_at), nominated, gone_at);
    }
  };

  void end(std::vector<Open>::iterator open, const char* refusal);
  [[nodiscard]] const char* refusal(const Operation& operation) const;

  Chamber& chamber_;
  std::vector<Open> open_;
};

}  // namespace hansard
