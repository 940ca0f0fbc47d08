// http/confirmed_work.hpp - ConfirmedWork: work that first makes sure to see every append acknowledged before it began.
//
// A read point that is not confirmed (the leader changed) is asked for again until the timeout, then the answer is 503.
// Contract: `consistency=` and `timeout=` of the HTTP API.
#pragma once

#include "http/query.hpp"
#include "http/session.hpp"

#include <cstdint>
#include <optional>

namespace hansard::http {

struct Consistency {
  bool linearizable = true;
  std::chrono::milliseconds timeout{};
};
[[nodiscard]] Consistency take_consistency(Query& query);

class ConfirmedWork : public Work {
 public:
  ConfirmedWork(Session& session, Consistency consistency);
  ~ConfirmedWork() override;

  void expired() final;
  void stopping() override {}

 protected:
  // confirmed() follows, soon and not from inside, or the request is answered 503.
  void confirm();
  [[nodiscard]] bool confirming() const { return waiting_for_ != For::nothing; }

  virtual void confirmed() = 0;
  virtual void deadline() = 0;  // expired() while nothing is being confirmed

  Session& session_;
  const Consistency consistency_;
  const Session::Clock::time_point patience_end_;

 private:
  void ask();
  void on_ready(const ReadReady& ready);

  enum class For : std::uint8_t { nothing, an_answer, the_next_try };
  For waiting_for_ = For::nothing;
  std::uint64_t ticket_ = 0;  // while waiting for an answer
};

}  // namespace hansard::http
