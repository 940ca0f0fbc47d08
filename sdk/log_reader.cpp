// sdk/log_reader.cpp - see log_reader.hpp.
#include "sdk/log_reader.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace hansard {

void LogReader::give(Result<std::vector<EntryPtr>> result, ReadHandler handler) {
  boost::asio::post(
      io_, [result = std::move(result), handler = std::move(handler)]() mutable { handler(std::move(result)); });
}

void LogReader::refuse(ReadHandler handler) {
  give(Error{Errc::io, disk_ == nullptr ? "the log of this islander is closed" : "too many reads wait for the disk"},
       std::move(handler));
}

// Until a snapshot that was installed is written, what lies before it is neither here nor there.
bool LogReader::gone(Promise after) const { return tail_.detached() && after < tail_.begins_after(); }

Error LogReader::trimmed() const {
  return {Errc::trimmed, "the log begins after " + to_string(tail_.begins_after()) + " here"};
}

Error LogReader::behind() const {
  return {Errc::behind, "older entries, up to " + to_string(lacks_) + ", are still on their way to this islander"};
}

std::optional<std::vector<EntryPtr>> LogReader::read_held(Promise after, std::size_t bytes_max,
                                                          std::size_t count_max) const {
  if (after < lacks_) return std::nullopt;
  return tail_.read(after, bytes_max, count_max);
}

void LogReader::read(Promise after, std::size_t bytes_max, std::size_t count_max, ReadHandler handler) {
  if (after < lacks_) return give(behind(), std::move(handler));
  if (auto held = tail_.read(after, bytes_max, count_max)) return give(*std::move(held), std::move(handler));
  if (gone(after)) {
    // 0/0 asks for the oldest there is.
    if (!after.is_zero()) return give(trimmed(), std::move(handler));
    return give(*tail_.read(tail_.begins_after(), bytes_max, count_max), std::move(handler));
  }
  // All that is not held is on disk, and committed.
  if (disk_ == nullptr) return refuse(std::move(handler));
  // Where nothing is left before what memory holds (a newcomer to a log that was trimmed), it begins there.
  const auto or_held = [&tail = tail_, after, bytes_max, count_max, handler](Result<std::vector<EntryPtr>> found) {
    if (!found || !found->empty() || after >= tail.begins_after()) return handler(std::move(found));
    auto held = tail.read(tail.begins_after(), bytes_max, count_max);
    handler(held ? Result<std::vector<EntryPtr>>(std::move(*held)) : std::move(found));
  };
  const bool taken = disk_->read(after, tail_.begins_after(), bytes_max, count_max, false, or_held);
  if (!taken) refuse(std::move(handler));
}

void LogReader::read_last(std::size_t items, std::string channel, std::size_t bytes_max, ReadHandler handler) {
  if (!lacks_.is_zero()) {
    handler = [items, bytes_max, error = behind(), handler = std::move(handler)](Result<std::vector<EntryPtr>> found) {
      std::size_t count = 0;
      std::size_t bytes = 0;
      for (std::size_t i = 0; found && i < found->size(); ++i) {
        count += (*found)[i]->count();
        bytes += (*found)[i]->bytes().size();
      }
      // Full it is where no other entry would fit; what is not full may lack some.
      const bool is_full = count >= items || bytes >= bytes_max;
      handler(found && !is_full ? Result<std::vector<EntryPtr>>(error) : std::move(found));
    };
  }
  auto held = tail_.last(items, channel, bytes_max);
  std::ranges::reverse(held);
  if (items == 0 || tail_.begins_after().is_zero() || tail_.detached())
    return give(std::move(held), std::move(handler));
  if (disk_ == nullptr) return refuse(std::move(handler));
  const bool taken =
      disk_->read_last(tail_.begins_after(), items, std::move(channel), bytes_max,
                       [held = std::move(held), handler, bytes_max](Result<std::vector<EntryPtr>> older) {
                         if (!older) return handler(std::move(older));
                         // The disk gives one entry at least; beside others it must fit, too.
                         if (!held.empty() && older->size() == 1 && older->front()->bytes().size() > bytes_max)
                           older->clear();
                         older->insert(older->end(), held.begin(), held.end());
                         handler(std::move(older));
                       });
  if (!taken) refuse(std::move(handler));
}

void LogReader::find(Promise promise, std::function<void(Result<EntryPtr>)> handler) {
  ReadHandler unpack = [handler = std::move(handler)](Result<std::vector<EntryPtr>> found) {
    if (!found) return handler(found.error());
    handler(std::move(found->front()));
  };
  if (EntryPtr held = tail_.find(promise)) return give(std::vector<EntryPtr>{std::move(held)}, std::move(unpack));
  if (promise > tail_.begins_after()) {
    return give(Error{Errc::not_found, "no entry " + to_string(promise)}, std::move(unpack));
  }
  if (!lacks_.is_zero() && promise <= lacks_) return give(behind(), std::move(unpack));
  if (tail_.detached()) return give(trimmed(), std::move(unpack));
  if (disk_ == nullptr) return refuse(std::move(unpack));
  if (!disk_->find(promise, unpack)) refuse(std::move(unpack));
}

}  // namespace hansard
