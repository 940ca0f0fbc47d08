// tests/government/key_table_test.cpp - rows by key and in log order: examples, random steps against a plain list, and
// the bytes.
#include "government/key_table.hpp"

#include "tests/government/values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hansard {
namespace {

KeyRow row(std::uint64_t number, std::int64_t time_us) {
  return {"k" + std::to_string(number), {1, number}, {1, number}, {1, number}, time_us};
}

// Rows 1 to `count`, one each microsecond.
KeyTable filled(std::uint64_t count) {
  KeyTable table;
  for (std::uint64_t i = 1; i <= count; ++i) table.add(row(i, static_cast<std::int64_t>(i)));
  return table;
}

std::string base_of(const KeyTable& table) {
  std::string bytes;
  Encoder out{bytes};
  table.encode(out);
  return bytes;
}

std::vector<std::string> segments_of(const KeyTable& table) {
  std::vector<std::string> result;
  for (const auto& segment : table.full_segments()) result.push_back(encode(*segment));
  return result;
}

Result<KeyTable> decoded(std::string_view base, const std::vector<std::string>& segments) {
  Decoder in{base};
  const std::vector<std::string_view> views(segments.begin(), segments.end());
  auto table = KeyTable::decode(in, views);
  if (table && !in.finished()) return Error{Errc::corrupt, "more follows"};
  return table;
}

TEST_CASE("key table: finds what was added until it expires by the log's time") {
  KeyTable table = filled(3);
  REQUIRE(table.find("k2") != nullptr);
  CHECK(*table.find("k2") == row(2, 2));
  CHECK(table.find("k4") == nullptr);
  CHECK(table.find("") == nullptr);
  table.expire(1);
  CHECK(table.find("k1") == nullptr);
  CHECK(table.find("k2") != nullptr);  // one microsecond younger
  CHECK(table.size() == 2);
  table.add(row(1, 9));  // the same key once more
  CHECK(table.find("k1")->time_us == 9);
  table.expire(8);
  CHECK(table.size() == 1);
  CHECK(table.find("k1")->time_us == 9);
  table.expire(9);
  CHECK(table.size() == 0);
  CHECK(table.find("k1") == nullptr);
  table.add(row(5, 10));
  CHECK(table.size() == 1);
}

TEST_CASE("key table: says how many would be left") {
  const KeyTable table = filled(2'500);
  for (const std::int64_t upto : {-1, 0, 1, 1'023, 1'024, 1'025, 2'499, 2'500, 9'999}) {
    CAPTURE(upto);
    KeyTable later = table;
    later.expire(upto);
    CHECK(table.size_after(upto) == later.size());
    CHECK(table.size_after(upto) == static_cast<std::size_t>(2'500 - std::clamp<std::int64_t>(upto, 0, 2'500)));
  }
}

TEST_CASE("key table: full segments are shared and never change again") {
  KeyTable table = filled(2 * KeyTable::segment_rows - 1);
  REQUIRE(table.full_segments().size() == 1);
  const KeyTable::SegmentPtr first = table.full_segments().front();
  CHECK(first->number == 0);
  const std::string bytes = encode(*first);
  const KeyTable copy = table;
  table.add(row(90'000, 90'000));
  REQUIRE(table.full_segments().size() == 2);
  CHECK(table.full_segments().front() == first);
  CHECK(copy.full_segments().size() == 1);  // what grows is not shared
  CHECK(copy.size() == 2 * KeyTable::segment_rows - 1);
  CHECK(copy.find("k90000") == nullptr);
  table.expire(KeyTable::segment_rows - 1);  // all of it but one row
  CHECK(table.full_segments().front() == first);
  CHECK(encode(*first) == bytes);
  table.expire(KeyTable::segment_rows);
  REQUIRE(table.full_segments().size() == 1);
  CHECK(table.full_segments().front()->number == 1);
  table.expire(90'000);
  CHECK(table.full_segments().empty());
  CHECK(table.size() == 0);
  for (std::uint64_t i = 1; i <= KeyTable::segment_rows; ++i) table.add(row(i, 100'000));
  CHECK(table.full_segments().front()->number == 2);  // counted from the log's beginning
}

TEST_CASE("key table: a copy and a moved one find by themselves") {
  KeyTable table = filled(1'500);
  KeyTable copy = table;
  table = KeyTable{};
  CHECK(copy.find("k1")->first == Promise{1, 1});
  CHECK(copy.find("k1500")->first == Promise{1, 1'500});
  copy.add(row(1'501, 1'501));
  const KeyTable moved = std::move(copy);
  CHECK(moved.find("k1501") != nullptr);
  CHECK(moved.find("k1400") != nullptr);
}

TEST_CASE("key table: random steps give what a plain list gives and every one of them goes there and back") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    CAPTURE(seed);
    Random random{{41, 1}, seed};
    KeyTable table;
    std::vector<KeyRow> plain;
    std::int64_t now = 0;
    std::uint64_t number = 0;
    for (int step = 0; step < 400; ++step) {
      const std::uint64_t what = random.below(20);
      if (what == 0) {
        const std::int64_t upto = now - static_cast<std::int64_t>(random.below(3'000));
        CHECK(table.size_after(upto) ==
              static_cast<std::size_t>(
                  std::count_if(plain.begin(), plain.end(), [&](const KeyRow& r) { return r.time_us > upto; })));
        table.expire(upto);
        std::erase_if(plain, [&](const KeyRow& r) { return r.time_us <= upto; });
      } else {
        for (std::uint64_t i = random.below(30); i > 0; --i) {
          now += static_cast<std::int64_t>(random.below(3));
          KeyRow fresh = row(++number, now);
          fresh.key = "k" + std::to_string(random.below(4'000));
          if (table.find(fresh.key) != nullptr) continue;
          fresh.last.entry += random.below(3);
          number = fresh.last.entry;
          table.add(fresh);
          plain.push_back(fresh);
        }
      }
      CHECK(table.size() == plain.size());
      for (int i = 0; i < 5; ++i) {
        const std::string key = "k" + std::to_string(random.below(4'000));
        const auto there = std::find_if(plain.begin(), plain.end(), [&](const KeyRow& r) { return r.key == key; });
        const KeyRow* found = table.find(key);
        REQUIRE((found != nullptr) == (there != plain.end()));
        if (found != nullptr) CHECK(*found == *there);
      }
      if (step % 10 != 0) continue;
      const auto back = decoded(base_of(table), segments_of(table));
      REQUIRE(back);
      CHECK(*back == table);
      CHECK(base_of(*back) == base_of(table));
      CHECK(segments_of(*back) == segments_of(table));
      if (random.below(2) == 0) table = *back;
    }
  }
}

TEST_CASE("key table: the same body is the same items and bytes whatever their types") {
  const auto hash = [](std::vector<std::string_view> bodies) { return body_hash(bodies); };
  CHECK(hash({"a"}) == hash({"a"}));
  CHECK(hash({"a"}) != hash({"b"}));
  CHECK(hash({"ab"}) != hash({"a", "b"}));
  CHECK(hash({"a", "b"}) != hash({"ab", ""}));
  CHECK(hash({""}) != hash({"", ""}));
  tests::ChainOfEntries log;
  static_cast<void>(log.govern(tests::government(1, "a"), {1, 0}, 1));
  const std::string body = "x";
  for (const char* type : {"text/plain", "application/json"}) {
    const Item items[] = {{type, body}, {type, body}};
    Draft draft;
    draft.first = {1, 1};
    draft.ballot = 1;
    draft.items = items;
    CHECK(body_hash(*Entry::make(draft)) == hash({"x", "x"}));
  }
}

TEST_CASE("key table: what does not fit together does not decode") {
  const KeyTable table = [] {
    KeyTable result = filled(2 * KeyTable::segment_rows + 3);
    result.expire(5);
    return result;
  }();
  const std::string base = base_of(table);
  const std::vector<std::string> segments = segments_of(table);
  REQUIRE(segments.size() == 2);
  REQUIRE(decoded(base, segments));
  CHECK(decoded(base, {segments[0]}).error().what == "key table: 1 of 2 segments are there");
  CHECK_FALSE(decoded(base, {segments[0], segments[1], segments[1]}));
  CHECK_FALSE(decoded(base, {segments[1], segments[0]}));
  CHECK_FALSE(decoded(base, {segments[0], segments[0]}));
  CHECK_FALSE(decoded(base, {segments[0], base}));
  CHECK_FALSE(decoded(base, {segments[0], ""}));
  for (std::size_t size = 0; size < base.size(); ++size) {
    CHECK_FALSE(decoded(std::string_view{base}.substr(0, size), segments));
  }
  CHECK_FALSE(decoded(base + "x", segments));
  for (std::size_t i = 0; i < segments[1].size(); i += 37) {
    std::string spoilt = segments[1];
    spoilt[i] = static_cast<char>(spoilt[i] ^ 1);
    CHECK_FALSE(decode_key_segment(spoilt));
  }
  for (std::uint64_t seed = 0; seed < 2'000; ++seed) {
    CAPTURE(seed);
    Random random{{41, 2}, seed};
    std::string spoilt = base;
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i) {
      spoilt[random.below(spoilt.size())] = static_cast<char>(random.below(256));
    }
    const auto back = decoded(spoilt, segments);
    if (back) CHECK(base_of(*back) == spoilt);
  }
}

TEST_CASE("key table: rows that no log can have do not decode") {
  const auto fails = [](std::vector<KeyRow> rows) {
    std::string base;
    Encoder out{base};
    out.number(1);  // segments begun so far
    out.number(0);
    out.number(0);
    out.boolean(true);
    out.number(rows.size());
    for (const KeyRow& r : rows) {
      out.text(r.key);
      out.id128(r.body);
      out.promise(r.first);
      out.promise(r.last);
      out.signed_number(r.time_us);
    }
    return !decoded(base, {});
  };
  CHECK_FALSE(fails({row(1, 1), row(2, 1), row(3, 2)}));
  CHECK(fails({}));                      // one that is begun has a row
  CHECK(fails({row(1, 1), row(1, 1)}));  // a key twice; and no further on
  KeyRow again = row(2, 2);
  again.key = "k1";
  CHECK(fails({row(1, 1), again}));
  CHECK(fails({row(2, 1), row(1, 2)}));  // log order
  CHECK(fails({row(1, 2), row(2, 1)}));  // times do not fall
  KeyRow bad = row(1, 1);
  bad.key.clear();
  CHECK(fails({bad}));
  bad = row(1, 1);
  bad.key.assign(EntryLimits::key_bytes_max + 1, 'k');
  CHECK(fails({bad}));
  bad.key.pop_back();
  CHECK_FALSE(fails({bad}));
  bad.first = {};
  CHECK(fails({bad}));
  bad = row(5, 1);
  bad.last = {1, 4};
  CHECK(fails({bad}));
}

}  // namespace
}  // namespace hansard
