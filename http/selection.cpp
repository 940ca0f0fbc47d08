#include "http/selection.hpp"

#include "http/limits.hpp"
#include "log/identity.hpp"

#include <algorithm>

namespace hansard::http {

bool Selection::shows(const Entry& entry) const {
  if (entry.kind() == Kind::government) return governments;
  if (entry.kind() != Kind::client) return false;
  return channels.empty() || std::ranges::find(channels, entry.channel()) != channels.end();
}

Selection take_selection(Query& query) {
  Selection selection;
  selection.governments = query.take_flag("governments");
  selection.channels = query.take_all("channel");
  std::ranges::sort(selection.channels);
  // Not std::ranges::unique: clang-tidy 14 cannot read what it returns.
  selection.channels.erase(std::unique(selection.channels.begin(), selection.channels.end()), selection.channels.end());
  if (selection.channels.size() > Limits::channels) {
    query.blame("at most " + std::to_string(Limits::channels) + " channels in one call");
  }
  for (const std::string& channel : selection.channels) {
    if (!is_name(channel)) query.blame("a channel's name is [a-z0-9][a-z0-9._-]{0,62}");
  }
  return selection;
}

}  // namespace hansard::http
