// tests/bench/counter_bench.cpp - S1-23: what the counter of a queue's node costs as 32 bits, 64 bits or a double.
//
// Three things are done with a counter: the next one is made, it is stored in a node, and two are compared. A list of
// nodes as the queue's is walked meanwhile, for in life that is where the time goes. Build: ninja
// hansard_counter_bench.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// Whether a comes before b across the wrap; a double does not wrap but stops counting at 2^53.
bool is_before(std::uint32_t a, std::uint32_t b) { return static_cast<std::int32_t>(a - b) < 0; }
bool is_before(std::uint64_t a, std::uint64_t b) { return static_cast<std::int64_t>(a - b) < 0; }
bool is_before(double a, double b) { return a < b; }

template <class Counter>
struct Node {
  void* entry = nullptr;
  void* control = nullptr;
  Node* next = nullptr;
  Counter counter{};
  std::uint32_t references = 0;
  std::uint32_t consumers = 0;
};

double nanoseconds(Clock::time_point begin, std::size_t operations) {
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / static_cast<double>(operations);
}

template <class Counter>
void measure(const char* name, const char* lasts) {
  constexpr std::size_t held = 4096;  // in the processor's caches
  constexpr std::size_t rounds = 20'000;
  std::vector<Node<Counter>> nodes(held);
  for (std::size_t i = 0; i < held; ++i) nodes[i].next = &nodes[(i + 1) % held];

  Counter counter{};
  auto* node = nodes.data();
  auto begin = Clock::now();
  for (std::size_t i = 0; i < held * rounds; ++i) {
    counter += 1;
    node->counter = counter;
    node = node->next;
  }
  const double push = nanoseconds(begin, held * rounds);

  std::size_t ordered = 0;
  begin = Clock::now();
  for (std::size_t i = 0; i < held * rounds; ++i) {
    ordered += is_before(node->counter, node->next->counter) ? 1U : 0U;
    node = node->next;
  }
  const double compare = nanoseconds(begin, held * rounds);
  std::printf("%-8s %10zu %12.3f %12.3f   %s%s\n", name, sizeof(Node<Counter>), push, compare, lasts,
              ordered == 0 ? "!" : "");
}

}  // namespace

int main() {
  std::printf("counter  node bytes  ns to count  ns to order   at a million a second\n");
  measure<std::uint32_t>("32 bits", "wraps after 72 minutes");
  measure<std::uint64_t>("64 bits", "wraps after 585,000 years");
  measure<double>("double", "stops counting after 285 years");
}
