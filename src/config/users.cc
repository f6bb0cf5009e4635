#include "config/users.h"

#include <pwd.h>

#include <charconv>
#include <string>

namespace gatehouse::config {
namespace {

std::optional<uint32_t> user_of(const std::string& text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size())
    return number == UINT32_MAX ? std::nullopt : std::optional(number);   // -1 is nobody's
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> room(16 * 1024);
  if (getpwnam_r(text.c_str(), &entry, room.data(), room.size(), &found) != 0 || found == nullptr) return std::nullopt;
  return entry.pw_uid;
}

}  // namespace

std::optional<std::vector<uint32_t>> read_users(const Table& table, bool local, Report& report) {
  if (!table.has("peer_users")) return std::nullopt;
  if (!local)
    report.error(Code::together, table.place_of("peer_users"), "'peer_users' without a Unix socket",
                 "over a network the kernel does not say who is there");
  std::vector<uint32_t> users;
  for (const Text& each : table.list("peer_users")) {
    const std::optional<uint32_t> user = user_of(each.value);
    if (user) users.push_back(*user);
    else report.error(Code::unknown_name, each.place, "no local user is called '" + each.value + "'", "names and numbers of users");
  }
  return users;
}

}  // namespace gatehouse::config
