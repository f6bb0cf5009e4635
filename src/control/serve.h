// The gateway as a process: load, build, run until told to stop.
#pragma once

#include <string>

namespace gatehouse::control {

struct ServeOptions {
  std::string config_path;
};

/// serve runs the gateway: loads the configuration, starts the workers and the record writer, publishes
/// snapshots, drains on SIGTERM or SIGINT. Blocks until the end. Returns a sysexits code: 0 after a
/// clean drain, 66 no configuration file, 78 configuration, 69 something it needs is not there (port,
/// io_uring; memory and threads, of which any thread says so and ends all), 70 this processor's AES-GCM is not to be
/// trusted, 74 records or the store.
/// Called once, from the main thread, before any other thread exists.
int serve(const ServeOptions& options);

}  // namespace gatehouse::control
