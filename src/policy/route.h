// Which route a request takes: by its host, then by the longest prefix of its path.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::policy {

inline constexpr uint32_t kNoRoute = UINT32_MAX;

/// RoutePlace says which requests take a route. Hosts are in lower case without port: a name, an address in
/// figures ("[::1]"), or "*.example.org" for every name below that one; none: every host. `prefix` is a path in
/// normal form without its final slash, empty for "/": it stands for itself and all below it, by whole segments.
struct RoutePlace {
  std::vector<std::string> hosts;
  std::string prefix;
};

/// host_name is what of a Host field is compared: without port and final dot; a view into `authority`.
ByteView host_name(ByteView authority);

/// host_error says what is wrong with a host of the configuration; nothing when it can be compared.
std::optional<std::string> host_error(ByteView host);

/// path_below says whether a path in normal form is the prefix or stands below it.
bool path_below(ByteView path, ByteView prefix);

/// rewrite_path writes a path below `prefix` with `instead` in the place of the prefix to `out`, which has room
/// for all three, and returns the length. Of parts in normal form it is in normal form again, because the border
/// lies between segments. "*" stays what it is.
size_t rewrite_path(ByteView path, ByteView prefix, ByteView instead, char* out);

/// RouteTable finds the route of a request. Of all routes that fit, the one with the most telling host is taken
/// (a name before a longer "*." before a shorter one before none), then the one with the longest prefix. A path
/// that only its letters' case keeps from a more telling route takes none.
class RouteTable {
 public:
  RouteTable() = default;
  explicit RouteTable(std::span<const RoutePlace> places);

  /// find returns an index into the places, or kNoRoute. `authority` is a Host field, `path` in normal form.
  uint32_t find(ByteView authority, ByteView path) const;

 private:
  struct Entry {
    std::string host;   // of "*.example.org" what stands behind the star: ".example.org"
    bool below = false;
    std::string prefix;
    uint32_t route = 0;
    std::pair<size_t, size_t> rank() const;   // how telling the host is, then the path
  };
  std::vector<Entry> entries_;   // the first that fits is the one
};

}  // namespace gatehouse::policy
