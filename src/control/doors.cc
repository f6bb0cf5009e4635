#include "control/doors.h"

#include <ctime>

#include "control/process.h"
#include "net/listener.h"

namespace gatehouse::control {
namespace {

using Opened = Result<ListenerSockets::Ref, std::string>;

bool same(const Address& a, const Address& b) { return format_address(a) == format_address(b); }

bool has(const Doors& doors, const Address& address) {
  const auto at = [&address](const ListenerSockets::Ref& one) { return same(net::bound_address(one->first()), address); };
  for (const ListenerSockets::Ref& each : doors.listeners)
    if (at(each)) return true;
  return at(doors.health) || at(doors.admin);
}

/// wait_until_free gives a process that was killed a moment ago the time in which the kernel ends its rings, which hold sockets.
Result<Done, std::string> wait_until_free(const Address& address) {
  constexpr int kTries = 100;
  constexpr timespec kPause{0, 20'000'000};
  for (int i = 0;; ++i) {
    auto free = net::is_free(address);
    if (free || i == kTries) return free;
    nanosleep(&kPause, nullptr);
  }
}

Opened open_one(const Address& address, uint32_t workers, const Doors* old, const ListenerSockets::Ref& before) {
  if (before != nullptr && same(before->address(), address))
    return before->enough_for(workers) ? Opened(before) : ListenerSockets::open(address, workers, before);
  if (old != nullptr && has(*old, address))
    return Failure{format_address(address) + ": another socket of this gateway has it; move that one away first"};
  return ListenerSockets::open(address, workers);
}

Opened open_admin(const std::string& run_dir, const Doors* old) {
  if (old != nullptr && old->run_dir == run_dir) return old->admin;
  const auto folder = private_folder(run_dir);
  if (!folder) return Failure{folder.error()};
  const auto address = parse_address("unix:" + *folder + "/admin.sock");
  if (!address) return Failure{"the path of the admin socket is too long: " + *folder + "/admin.sock"};
  return open_one(*address, 1, old, old != nullptr ? old->admin : nullptr);
}

}  // namespace

Result<Doors, DoorFailure> open_doors(const config::Config& config, uint32_t workers, const Doors* old) {
  const auto listener_failed = [&config](size_t i, const std::string& why) {
    const std::string what = "listener '" + config.listeners[i].name.value + "' cannot be opened";
    return Failure{DoorFailure{"listener", "address", i, what, why}};
  };
  const auto health_failed = [](const std::string& why) {
    return Failure{DoorFailure{"gateway", "health_address", 0, "gateway.health_address cannot be opened", why}};
  };
  if (old == nullptr) {   // all before the first is ours: 0.0.0.0 and 127.0.0.1 may have one port
    for (size_t i = 0; i < config.listeners.size(); ++i)
      if (const auto free = wait_until_free(config.listeners[i].address); !free) return listener_failed(i, free.error());
    if (const auto free = wait_until_free(config.gateway.health_address); !free) return health_failed(free.error());
  }
  Doors doors;
  doors.run_dir = config.gateway.run_dir;
  for (size_t i = 0; i < config.listeners.size(); ++i) {
    auto opened = open_one(config.listeners[i].address, workers, old, old != nullptr ? old->listeners[i] : nullptr);
    if (!opened) return listener_failed(i, opened.error());
    doors.listeners.push_back(std::move(*opened));
  }
  auto health = open_one(config.gateway.health_address, 1, old, old != nullptr ? old->health : nullptr);
  if (!health) return health_failed(health.error());
  doors.health = std::move(*health);
  auto admin = open_admin(config.gateway.run_dir, old);
  if (!admin) return Failure{DoorFailure{"gateway", "run_dir", 0, "the admin socket cannot be opened", admin.error()}};
  doors.admin = std::move(*admin);
  return doors;
}

}  // namespace gatehouse::control
