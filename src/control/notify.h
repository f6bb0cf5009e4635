// Telling systemd how we are: sd_notify(3) by our own datagrams.
#pragma once

#include <string>

#include "base/address.h"

namespace gatehouse::control {

/// Notifier sends to the socket that the service manager named; without one it says nothing. Never blocks: a
/// datagram that finds no room is dropped. One thread.
class Notifier {
 public:
  /// `name` is a path, or "@name" for an abstract socket (unix(7)); any other name counts as none.
  explicit Notifier(ByteView name);
  ~Notifier();
  Notifier(const Notifier&) = delete;

  /// from_environment is the name in NOTIFY_SOCKET, empty when there is none.
  static std::string from_environment();

  void ready();      // also: the reload has ended
  void reloading();  // with the time of CLOCK_MONOTONIC, as Type=notify-reload wants it
  void stopping();
  void alive();      // only when every worker has turned since the last time

 private:
  void say(ByteView text);

  Address address_;
  int socket_ = -1;
};

}  // namespace gatehouse::control
