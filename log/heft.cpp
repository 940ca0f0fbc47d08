#include "log/heft.hpp"

namespace hansard {

Heft::Heft(EntryQueue& queue, const Settings& settings)
    : queue_(queue), settings_(settings), held_(settings.limit, settings.alarm_percent) {
  HANSARD_ASSERT(settings.kept <= settings.limit, "what is kept is within the limit");
  queue_.add_listener(*this);
}

Heft::~Heft() { queue_.remove_listener(*this); }

void Heft::added(const QueueNodePtr& node) {
  if (held_.add(settings_.weigh(*node->entry())) && settings_.alarm != nullptr) settings_.alarm->alarm(held_);
}

void Heft::removed(const QueueNodePtr& node) { held_.subtract(settings_.weigh(*node->entry())); }

}  // namespace hansard
