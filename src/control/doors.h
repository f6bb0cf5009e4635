// All sockets that a gateway listens on: opened at the start, and again where a configuration names other addresses.
#pragma once

#include <string>

#include "config/config.h"
#include "control/listeners.h"

namespace gatehouse::control {

/// Doors are those of one configuration; of one before it they share what stays.
struct Doors {
  Listeners listeners;
  ListenerSockets::Ref health, admin;   // one socket each, of the control thread
  std::string run_dir;                  // as configured; the admin socket is in it
};

/// DoorFailure says what could not be opened, in the words of the configuration.
struct DoorFailure {
  ByteView table, key;   // "listener", "address"
  size_t index = 0;      // of the table among its like
  std::string what;      // "listener 'jobs' cannot be opened"
  std::string why;       // address and cause
};

/// open_doors opens what `config` names, for `workers`; where `old` (null: nothing) listens at that address already,
/// that is taken, with more sockets when there are more workers. All or nothing. An address that another of the old
/// doors has is refused: for a time both would get its connections. At the start (no `old`) so is one at which another process
/// of the same user listens: waits up to two seconds for it to be free. Any thread.
Result<Doors, DoorFailure> open_doors(const config::Config& config, uint32_t workers, const Doors* old);

}  // namespace gatehouse::control
