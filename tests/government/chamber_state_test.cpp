#include "government/chamber_state.hpp"

#include "tests/government/network.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

namespace hansard {
namespace {

using testing::Faults;
using testing::Network;

// An archive that looks where the members it is shown lie, and finds the bytes of each class that none of them covers.
class Coverage {
 public:
  template <class... Values>
  void operator()(Values&&... values) {
    (see(values), ...);
  }
  template <class Enum>
  void choice(Enum& value, Enum /*last*/) {
    cover(value);
  }
  template <class... Outputs>
  void pulled(Outputs&... outputs) {
    (cover(outputs), ...);
  }
  void must(bool /*holds*/) {}

  // What begins at `from` (no member listed comes before it) and is a T.
  template <class T>
  void look_at(T& object, std::size_t from, const std::vector<std::pair<std::size_t, std::size_t>>& known = {}) {
    Frame frame{reinterpret_cast<const std::byte*>(&object), {}};
    for (const auto& [begin, end] : known) frame.covered.emplace_back(begin, end, 1);
    Frame* outer = std::exchange(frame_, &frame);
    walk_members(object);
    frame_ = outer;
    std::sort(frame.covered.begin(), frame.covered.end());
    std::size_t at = from;
    const auto missing = [&](std::size_t upto) {
      unlisted.push_back("bytes " + std::to_string(at) + " to " + std::to_string(upto) + " of " + typeid(T).name());
    };
    for (const auto& [begin, end, alignment] : frame.covered) {
      if (begin > at && begin >= at + alignment) missing(begin);
      at = std::max(at, end);
    }
    if (sizeof(T) >= at + alignof(T)) missing(sizeof(T));
    ++classes;
  }

  int classes = 0;
  std::vector<std::string> unlisted;

 private:
  struct Frame {
    const std::byte* object;
    std::vector<std::tuple<std::size_t, std::size_t, std::size_t>> covered;  // begin, end, alignment
  };

  template <class T>
  void walk_members(T& object) {
    if constexpr (requires { object.members(*this); }) {
      object.members(*this);
    } else {
      members(*this, object);
    }
  }

  template <class T>
  void cover(const T& value) {
    const auto begin = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&value) - frame_->object);
    frame_->covered.emplace_back(begin, begin + sizeof(T), alignof(T));
  }

  template <class T>
  void see(T& value) {
    using namespace archive_detail;
    if constexpr (is_marked<T>) {
      see(value.value);
    } else {
      if constexpr (!std::is_base_of_v<Part, T>) cover(value);
      look_inside<std::remove_const_t<T>>(&value);
    }
  }

  // A class has its layout whether an object of it is at hand or not.
  template <class T>
  void look_inside(const T* value = nullptr) {
    using namespace archive_detail;
    if constexpr (is_optional<T> || is_list<T> || is_set<T>) {
      look_inside<typename T::value_type>();
    } else if constexpr (is_map<T>) {
      look_inside<typename T::key_type>();
      look_inside<typename T::mapped_type>();
    } else if constexpr (is_pair<T>) {
      look_inside<typename T::first_type>();
      look_inside<typename T::second_type>();
    } else if constexpr (is_submission<T>) {
      look_inside<Submission>();
    } else if constexpr (std::is_base_of_v<Part, T>) {
      look_at(const_cast<T&>(*value), sizeof(Part) + sizeof(void*));  // Every part knows its Chamber.
    } else if constexpr (
        requires(T & object) { object.members(*this); } || requires(T & object) { members(*this, object); }) {
      if (value != nullptr) {
        look_at(const_cast<T&>(*value), 0);
      } else if constexpr (std::is_default_constructible_v<T>) {
        T object{};
        look_at(object, 0);
      }
    }
  }

  Frame* frame_ = nullptr;
};

std::size_t offset_in(const Chamber& chamber, const void* member) {
  return static_cast<std::size_t>(static_cast<const std::byte*>(member) - reinterpret_cast<const std::byte*>(&chamber));
}

std::string saved(const Legislator& legislator) {
  std::string bytes;
  legislator.save(bytes);
  return bytes;
}

template <bool forgets>
struct Forgetful {
  bool first = false;
  Promise second;
  std::uint64_t third = 0;

  template <class Archive>
  void members(Archive& a) {
    a(first, third);
    if (!forgets) a(second);
  }
};

// A member of a few bytes in the padding between two others is not seen; the runs below have to find that.
TEST_CASE("chamber_state: every member of every class is listed") {
  Recovered recovered;
  recovered.identity = {"a", {1, 2}, 1};
  Legislator legislator({}, recovered, "http://a", {3, 4});
  Chamber& c = legislator.chamber();
  // What it was made of comes first; the parts themselves are elsewhere.
  const std::size_t parts = offset_in(c, &c.founder);
  Coverage coverage;
  coverage.look_at(c, offset_in(c, &c.republic), {{parts, offset_in(c, &c.parts) + sizeof(std::vector<Part*>)}});
  Settings settings;
  coverage.look_at(settings, 0);
  CHECK(coverage.classes > 25);
  for (const std::string& unlisted : coverage.unlisted) {
    FAIL_CHECK(unlisted << " are no member that its members() lists: list it there, and mark it (government/mark.hpp) "
                           "where it is a time, or the id of a pulse, request, want or write");
  }
}

TEST_CASE("chamber_state: a member that is not listed is found") {
  Coverage coverage;
  Forgetful<false> whole;
  coverage.look_at(whole, 0);
  CHECK(coverage.unlisted.empty());
  Forgetful<true> forgetful;
  coverage.look_at(forgetful, 0);
  CHECK(coverage.unlisted.size() == 1);
}

TEST_CASE("chamber_state: a run that is saved and restored at every step goes on as if it was not") {
  Faults faults;
  faults.lose_percent = 5;
  faults.double_percent = 5;
  faults.slow_percent = 5;
  faults.crash_per_million = 300;
  faults.freeze_per_million = 200;
  faults.cut_per_million = 200;
  Settings settings;
  settings.tail_bytes = 2'000;  // so that older entries come from the disk
  settings.checkpoint_every_entries = 20;
  for (const std::size_t every : {std::size_t{1}, std::size_t{7}}) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      std::uint64_t hashes[2] = {};
      for (const bool restores : {false, true}) {
        Network network(seed, seed % 2 == 0 ? 5 : 3, faults, settings);
        network.random_traffic(5);
        std::size_t rests = 0;
        std::size_t differ = 0;
        if (restores) {
          network.at_rest([&](std::unique_ptr<Legislator>& legislator) {
            if (++rests % every != 0) return;
            const std::string bytes = saved(*legislator);
            auto restored = Legislator::restore(bytes);
            REQUIRE_MESSAGE(restored, restored.error().what);
            if (saved(**restored) != bytes || (*restored)->next_event() != legislator->next_event()) ++differ;
            legislator = std::move(*restored);
          });
        }
        network.start_all();
        network.add_joiner("x");
        network.run_for(3'000'000);
        network.operate({Operation::What::exile, "b", 0});
        network.run_for(3'000'000);
        CHECK(differ == 0);
        hashes[restores ? 1 : 0] = network.trace_hash();
      }
      CHECK_MESSAGE(hashes[0] == hashes[1], "seed " << seed << ", restored at every " << every);
    }
  }
}

TEST_CASE("chamber_state: what is malformed does not restore") {
  Network network(3, 3);
  network.start_all();
  network.random_traffic(5);
  network.run_for(2'000'000);
  std::string bytes;
  network.at_rest([&](std::unique_ptr<Legislator>& legislator) { bytes = saved(*legislator); });
  network.step();
  while (bytes.empty()) network.step();
  REQUIRE(Legislator::restore(bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    CHECK_FALSE(Legislator::restore(std::string_view(bytes).substr(0, i)));
    std::string spoilt = bytes;
    spoilt[i] = static_cast<char>(spoilt[i] ^ 4);
    const auto restored = Legislator::restore(spoilt);
    CHECK_FALSE(restored);
    if (!restored) CHECK(restored.error().code == (i == 0 ? Errc::unsupported : Errc::corrupt));
  }
}

}  // namespace
}  // namespace hansard
