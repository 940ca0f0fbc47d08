// government/clerk.hpp - Clerk: what operators ask of the leader in office. Protocol section 5: exile, transfer, the
// size aimed at; section 6: trimming; and the log's settings.
//
// It comes from this islander's envoy or from another's. The writer's shaper carries out the first and the last as
// fiats; the clerk says what is wanted, hands over office itself, and tells when each is done: an exile when it is
// settled, a size when it is aimed at, a transfer when the other leads. Loss of office ends what is open: the asker
// asks the next leader. Whoever asks from elsewhere may be gone: its wish holds for a lease and is then answered as
// open, so that it asks again while it still wants it.
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

  // For our envoy, which is told how it ended. REQUIRES: we are established.
  void operate(Operation operation, std::uint64_t token);
  void give_up(std::uint64_t token);
  void receive(RequestId id, Operate message);

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
    RequestId request = 0;  // of another islander; 0: ours
    Operation operation;
    Tick asked_at = 0;
    std::string nominee;  // to whom office was offered because of this; empty: nobody
    Promise gone_at;      // exile: the first committed government without it; settings: the entry that bears them

    template <class Archive>
    void members(Archive& a) {
      a(token, as_request(request), operation, as_time(asked_at), nominee, gone_at);
    }
  };

  void begin(Open open);
  void end(std::vector<Open>::iterator open, OperateAnswer::Verdict verdict, std::string why = {});
  [[nodiscard]] const char* refusal(const Operation& operation) const;
  [[nodiscard]] bool is_gone(const Operation& exile) const;
  [[nodiscard]] bool is_done(Open& open) const;
  // When it ends by itself; never: not at all.
  [[nodiscard]] Tick deadline(const Open& open) const;
  // Somebody who may lead in place of who is to be exiled.
  void nominate(Open& open);

  Chamber& chamber_;
  std::vector<Open> open_;
};

}  // namespace hansard
