// sdk/admission.hpp - Admission: who may open a pulse connection with us, and whom we accept as an answer. Pure.
//
// Refused are: another republic (both known), an id other than the one asked for, ourselves, and a copied data
// directory: a start seen under two nonces from one cookie, or one that goes back (protocol section 2).
//
// Runs are remembered only of those who answered where we asked for them: anybody can claim anything in a greeting.
#pragma once

#include "sdk/handshake.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string_view>

namespace hansard {

class Admission {
 public:
  explicit Admission(Speaker self) : self_(std::move(self)) {}
  Admission(const Admission&) = delete;  // What runs_ points into would be the other one's.
  Admission& operator=(const Admission&) = delete;
  Admission(Admission&&) = default;
  Admission& operator=(Admission&&) = default;
  ~Admission() = default;

  [[nodiscard]] const Speaker& self() const { return self_; }
  void republic(const Republic& republic) { self_.republic = republic; }

  // Of who greets us; nullopt: welcome.
  [[nodiscard]] std::optional<Refusal> judge(const Greeting& greeting) const;
  // Of who answers us; `asked` is the id we asked for, empty: any. nullopt: welcome, and remembered.
  [[nodiscard]] std::optional<Refusal> judge(const Speaker& speaker, std::string_view asked);

 private:
  struct Run {
    std::uint64_t start = 0;
    Id128 nonce;
    std::list<Cookie>::iterator order;
  };
  static constexpr std::size_t runs_max = 4'096;  // cookies remembered; the one least recently seen is forgotten

  [[nodiscard]] std::optional<Refusal> look(const Speaker& speaker, std::string_view asked) const;
  void remember(const Speaker& speaker);

  Speaker self_;
  std::map<Cookie, Run> runs_;
  std::list<Cookie> order_;  // newest last
};

}  // namespace hansard
