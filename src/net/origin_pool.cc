#include "net/origin_pool.h"

namespace gatehouse::net {

Link* OriginPool::take(Links& links) {
  while (!idle_.empty()) {
    Link* link = links.find(idle_.back().link);
    idle_.pop_back();
    if (link == nullptr) continue;
    if (link->phase() == Phase::open && link->quiet()) return link;
    link->abort();
  }
  return nullptr;
}

void OriginPool::put(Links& links, Link& link, MonotonicNs now) {
  if (idle_.size() >= capacity_ || link.phase() != Phase::open || !link.quiet()) return link.abort();
  static_cast<void>(links);
  link.owner = {};
  link.want(true, false);
  link.settle();
  idle_.push_back({link.id(), now});
}

void OriginPool::sweep(Links& links, MonotonicNs now, bool all) {
  size_t kept = 0;
  for (const Idle& idle : idle_) {
    Link* link = links.find(idle.link);
    if (link == nullptr) continue;
    if (all || now - idle.since > kIdle || link->ended() || !link->quiet()) link->abort();
    else idle_[kept++] = idle;
  }
  idle_.resize(kept);
}

}  // namespace gatehouse::net
