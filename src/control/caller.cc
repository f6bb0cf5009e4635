#include "control/caller.h"

#include <pwd.h>
#include <sys/socket.h>

#include "telemetry/json_text.h"

namespace gatehouse::control {

std::string caller_of(int descriptor) {
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) != 0) return {};
  std::string text = "uid:" + std::to_string(credentials.uid);
  passwd entry{};
  passwd* found = nullptr;
  char room[4096];
  if (getpwuid_r(credentials.uid, &entry, room, sizeof room, &found) == 0 && found != nullptr) {
    text += '(';
    telemetry::append_display_text(text, found->pw_name, 64);
    text += ')';
  }
  return text;
}

}  // namespace gatehouse::control
