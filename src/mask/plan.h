// What a compiled mask plan is made of. Included by mask/*.cc and its tests only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "crypto/hmac.h"
#include "detect/custom_set.h"
#include "json/automaton.h"
#include "mask/mask.h"

namespace gatehouse::mask {

/// Rule is one mask, ready for use.
struct Rule {
  std::string name;
  Method method = Method::redact;
  // when several masks apply the lowest wins: by method (drop, null, redact, replace, hash, partial), then as configured
  uint32_t rank = 0;
  detect::DetectorSet detectors = 0;
  uint64_t custom = 0;        // which of the plan's custom detectors
  std::string plain;          // "[redacted:name]", or what replace writes
  std::string redacted;       // the same, escaped for the inside of a JSON string
  std::string hash_prefix;    // what is hashed before a value: tenant and purpose, each with its length
  std::unique_ptr<const crypto::HmacSha256> hmac;
};

/// ColumnPath is a path **.name, which reaches the column `name` of tables in texts, too.
struct ColumnPath {
  std::string name;
  uint32_t rule;
};

struct Plan::State {
  std::vector<Rule> rules;
  std::shared_ptr<const detect::CustomSet> custom;  // null: none
  json::Automaton fields;     // labels are indices of rules
  json::Automaton joined;     // likewise
  Selection every = 0;
  Selection with_fields = 0;  // rules that have field paths
  Selection with_joined = 0;
  Selection with_columns = 0;
  std::vector<ColumnPath> columns;   // sorted by name
  Selection edits = 0;        // rules whose paths take more than tokens: a member with its comma, a whole container
};

}  // namespace gatehouse::mask
