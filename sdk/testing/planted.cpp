// sdk/testing/planted.cpp - see planted.hpp.
#include "sdk/testing/planted.hpp"

#include "government/planted.hpp"

#include <algorithm>

namespace hansard::testing {

const std::vector<BugName>& bug_names() {
  static const std::vector<BugName> names{
      {'a', false, "answers-before-disk", "a write is said to be durable when it is handed over; a crash loses it"},
      {'b', true, "older-copies-count", "copies of an older ballot count"},
      {'c', true, "tails-by-promise", "tails are ordered by promise only"},
      {'d', true, "older-parliament-elects", "a candidate asks the older parliament only"},
      {'e', false, "cookie-kept", "a wiped islander comes back as the old one"},
      {'f', true, "promised-forgotten", "`promised` is not written"},
      {'g', true, "previous-not-held", "a register is accepted whose `previous` is not held"},
      {'h', false, "office-not-confirmed", "any answer confirms the office of the leader"},
      {'i', false, "start-forgotten", "every restart is given start 1"},
      {'j', true, "new-parliament-counts", "a fiat is counted in the parliament that it makes"},
      {'k', true, "fiat-carries-all", "the quorum behind a fiat commits what is before it"},
      {'l', true, "older-copies-in-older-parliament", "copies of an older ballot count in the older parliament"},
      {'m', true, "received-names-end", "`received` names the end of the log"},
      {'n', true, "committed-unclamped", "`committed` moves as far as a pulse says"},
      {'o', true, "pulse-truncates", "a pulse drops what is beyond it"},
      {'p', true, "synchronize-no-ballot", "a synchronize does not raise `promised`"},
      {'q', true, "previous-by-promise", "a synchronize matches `previous` by promise only"},
      {'r', false, "committed-ahead", "`committed` is durable before the entries that it speaks of"},
      {'s', true, "settled-ignored", "what an entry names settled is not believed"},
      {'t', true, "judged-at-once", "a replay or a refusal is told before what it rests on is committed"},
      {'u', true, "half-a-batch", "a batch is taken without its last item"},
      {'v', true, "snapshot-without-keys", "an installed snapshot has no keys"},
      {'w', true, "refused-number-blocks", "the append after a refused one waits for it"},
      {'x', false, "relays-count", "what a representative brings counts as hearing the leader"},
      {'y', false, "founder-forgotten", "the promise to one founder is not written"},
      {'z', true, "snapshot-raises-to-entry", "an installed snapshot raises `promised` to its entry's ballot"},
      {'1', true, "backfill-leaves-one-out", "a backfill ends before the oldest entry that was not trimmed"},
  };
  return names;
}

std::optional<Bug> parse_bug(std::string_view text) {
  for (const BugName& known : bug_names()) {
    if (text == known.name || (text.size() == 1 && text.front() == known.letter)) return known.letter;
  }
  return std::nullopt;
}

std::string_view name_of(Bug bug) {
  const auto found =
      std::find_if(bug_names().begin(), bug_names().end(), [bug](const BugName& known) { return known.letter == bug; });
  return found == bug_names().end() ? "none" : found->name;
}

namespace {

bool is_in_core(Bug bug) {
  return std::any_of(bug_names().begin(), bug_names().end(),
                     [bug](const BugName& known) { return known.letter == bug && known.in_core; });
}

}  // namespace

#ifdef HANSARD_PLANTED
bool can_plant(Bug /*bug*/) { return true; }
void plant_in_core(Bug bug) {
  planted_bugs = 0;
  if (is_in_core(bug)) plant(bug);
}
#else
bool can_plant(Bug bug) { return !is_in_core(bug); }
void plant_in_core(Bug /*bug*/) {}
#endif

}  // namespace hansard::testing
