// Conditions and groups by rule, for whatever proves callers: [[issuer]], certificates, assertions; and whether what
// all of these can give fits together.
#pragma once

#include "config/tree.h"
#include "identity/group_rules.h"

namespace gatehouse::config {

/// read_conditions reads a key of type `matches`.
std::vector<identity::Condition> read_conditions(const Table& table, ByteView key);

/// read_group_rules reads the tables `group` that stand in a table, each with `name` and `when`. Complains about rules that
/// every caller meets (groups = ["*"] in a policy rule says that) and about a "{1}" that could be read in two ways.
std::vector<identity::GroupRule> read_group_rules(const Table& table, Report& report);

/// GroupSource is one who proves callers, and the groups that it may give.
struct GroupSource {
  std::string kind;        // "issuer"
  Text name;               // its configured name, and where that stands
  std::string prefix;
  bool prefix_stated = false;   // the text has the key, even if empty: the names are meant to be as they are
  bool named_outside = false;   // it takes names of groups from the proof: whoever issues proofs chooses them
  std::vector<identity::GroupRule> rules;
};

/// check_group_sources: no two of them may give a group of the same name unawares, and somebody must be able to give
/// each group that a policy rule names.
void check_group_sources(const std::vector<GroupSource>& sources, const Table& top, Report& report);

}  // namespace gatehouse::config
