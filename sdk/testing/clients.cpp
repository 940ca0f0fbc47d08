// sdk/testing/clients.cpp - see clients.hpp.
#include "sdk/testing/clients.hpp"

#include "sdk/testing/process.hpp"

#include <algorithm>
#include <memory>

namespace hansard::testing {

namespace {

constexpr std::size_t follow_bytes = 20'000;
constexpr std::size_t follow_entries = 100;
constexpr std::size_t batch_max = 5;
constexpr Tick give_up_max = 2'000'000;
constexpr unsigned tries_max = 20;

}  // namespace

Clients::Clients(Simulation& simulation, const ClientHabits& habits)
    : sim_(simulation), habits_(habits), random_(Cookie{simulation.seed(), 13}, 1), clients_(habits.clients) {
  for (Client& client : clients_) client.at = random_.below(sim_.size());
}

void Clients::begin() {
  going_ = true;
  for (std::size_t i = 0; i < clients_.size(); ++i) {
    sim_.schedule().after(1 + random_.below(habits_.think * 2), [this, i] { act(i); });
  }
}

void Clients::act(std::size_t number) {
  if (!going_) return;
  Client& client = clients_[number];
  sim_.schedule().after(1 + random_.below(habits_.think * 2), [this, number] { act(number); });
  const bool stuck = !sim_.up(client.at) || (!sim_.moves(client.at) && random_.below(3) == 0);
  if (stuck || random_.below(100) < habits_.move_percent) client.at = random_.below(sim_.size());
  if (!sim_.up(client.at)) return;
  const std::uint64_t deed = random_.below(100);
  if (deed < habits_.read_percent) {
    sim_.read_at(client.at);
  } else if (!sim_.moves(client.at)) {
    sim_.append_at(client.at);
  } else if (deed < habits_.read_percent + habits_.follow_percent) {
    follow(client);
  } else if (client.open < habits_.open_max && sim_.checker().appends() < habits_.appends_max) {
    const std::size_t items = random_.below(100) < habits_.batch_percent ? 2 + random_.below(batch_max - 1) : 1;
    const auto wish = std::make_shared<Wish>();
    wish->items = items;
    wish->keyed = random_.below(100) < habits_.key_percent;
    if (random_.below(100) < habits_.condition_percent) {
      // What is newest by its word, or was a while ago, or never was.
      const bool lately = random_.below(4) != 0;
      wish->condition = lately ? sim_.at(client.at).newest_client() : client.seen;
    }
    wish->number = sim_.checker().sends(items, wish->condition);
    append(client, wish);
  }
}

void Clients::append(Client& client, const WishPtr& wish) {
  std::uint64_t ticket = 0;
  const std::size_t at = client.at;
  const std::uint32_t run = sim_.site(at).run;
  const auto over = std::make_shared<bool>(false);
  ++wish->tries;
  const bool taken = sim_.send(
      at, wish->number, wish->items,
      [this, &client, wish, over](const Appended& appended) {
        *over = true;
        --client.open;
        ended(client, wish, appended);
      },
      &ticket, wish->condition, wish->keyed);
  if (!taken) return;
  ++client.open;
  if (random_.below(100) >= habits_.impatient_percent) return;
  sim_.schedule().after(1 + random_.below(give_up_max), [this, &client, at, run, ticket, wish, over] {
    if (*over || !sim_.moves(at) || sim_.site(at).run != run) return;
    *over = true;
    --client.open;
    ended(client, wish, sim_.give_up(at, ticket, wish->number));
  });
}

void Clients::ended(Client& client, const WishPtr& wish, const Appended& appended) {
  if (appended.outcome == Appended::Outcome::committed) return;
  const bool surely_not = appended.outcome == Appended::Outcome::not_appended;
  wish->doubtful = wish->doubtful || !surely_not;
  // Whose outcome is known may be tried again, elsewhere, too; with a key, whatever became of it.
  const bool again = going_ && wish->tries < tries_max && (surely_not || wish->keyed) && random_.below(2) == 0;
  if (!again) {
    if (surely_not && !wish->doubtful) sim_.checker().refused(wish->number);
    return;
  }
  sim_.schedule().after(1 + random_.below(habits_.think * 2), [this, &client, wish] {
    if (going_ && sim_.moves(client.at)) append(client, wish);
  });
}

// Goes on after what it saw, wherever that was.
void Clients::follow(Client& client) {
  Process& process = *sim_.site(client.at).process;
  auto entries = process.host().tail().read(client.seen, follow_bytes, follow_entries);
  if (!entries) {
    auto stored = read_disk(process.host(), process.store(), client.seen, follow_bytes, follow_entries);
    if (!stored) return;  // Damaged, or trimmed there, or a snapshot is being installed.
    if (stored->empty()) client.seen = std::max(client.seen, process.host().tail().begins_after());
    entries = std::move(*stored);
  }
  for (const EntryPtr& entry : *entries) {
    if (entry->last() <= client.seen) continue;
    sim_.checker().sees(sim_.id_of(client.at), client.next, entry);
    client.seen = entry->last();
  }
}

}  // namespace hansard::testing
