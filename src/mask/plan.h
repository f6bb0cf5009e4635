// What a compiled mask plan is made of. Included by mask/*.cc and its tests only.
#pragma once

#include <string>
#include <vector>

#include "json/automaton.h"
#include "mask/mask.h"

namespace gatehouse::mask {

/// Rule is one mask, ready for use.
struct Rule {
  std::string name;
  Method method = Method::redact;
  uint32_t rank = 0;          // when several masks apply the lowest wins: redact before partial, then as configured
  DetectorSet detectors = 0;
  std::string redacted;       // "[redacted:name]", escaped for the inside of a JSON string
};

struct Plan::State {
  std::vector<Rule> rules;
  json::Automaton fields;           // labels are indices of rules
  Selection every = 0;
  Selection with_fields = 0;  // rules that have field paths
};

}  // namespace gatehouse::mask
