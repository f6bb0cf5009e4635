// What one configuration has that another has not, in the words of the configuration.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/snapshot.h"
#include "config/tree.h"

namespace gatehouse::config {

/// Inventory is all that a configuration says, by section ("rules"), name ("nightly") and key ("groups"), every
/// value as text, defaults too; of what named files hold, digests. No secret is in it.
using Inventory = std::map<std::string, std::map<std::string, std::map<std::string, std::string>>>;

/// inventory_of takes both from a configuration that was read and compiled.
Inventory inventory_of(const Table& tree, const Snapshot& snapshot);

/// Difference lists what was added, changed and removed in one section.
struct Difference {
  struct Changed {
    std::string name;
    std::vector<std::string> keys;   // those whose value is another; "content" of a file
    std::string from, to;            // of a single setting, such as limits.held; else empty
  };
  std::string section;
  std::vector<std::string> added, removed;
  std::vector<Changed> changed;
};

/// kSections are the names that a difference may have, in the order of the lists below.
inline constexpr ByteView kSections[] = {"rules",     "tenants", "masks",  "detectors",  "guards",  "issuers", "saml",
                                         "origins",   "routes",       "certificates", "listeners", "settings"};

/// difference compares; sections without any are left out.
std::vector<Difference> difference(const Inventory& old, const Inventory& fresh);

/// describe_difference writes one line per section, safe for a terminal; empty when there is none.
std::string describe_difference(const std::vector<Difference>& all);

/// difference_json writes {"rules":{"added":["x"],"changed":[{"name":"y","keys":["groups"]}],"removed":[]}}.
std::string difference_json(const std::vector<Difference>& all);

}  // namespace gatehouse::config
