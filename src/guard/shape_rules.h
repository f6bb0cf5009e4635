// What compiled shape rules are made of. Included by guard/shape*.cc only.
#pragma once

#include <string>
#include <vector>

#include "guard/shape.h"

namespace gatehouse::guard {

struct ShapeRules::State {
  /// Listed is a value of `in` or `not_in`.
  struct Listed {
    std::string text;      // in lower case for not_in
    bool string = true;
    bool number = false;   // the text reads as a number, value is it
    double value = 0;
  };
  struct Clause {
    uint32_t guard = 0, rule = 0, clause = 0;
    bool present = false, absent = false, some = false, has_only = false;
    uint8_t types = 0;               // kInteger is part of kNumber; 0: any
    bool has_min = false, has_max = false;
    uint64_t min = 0, max = 0;
    std::vector<Listed> in, not_in;
    std::vector<std::string> only;   // sorted
    std::string at;                  // for people

    bool lengths() const { return has_min || has_max; }
    bool names(uint8_t type) const { return (types & type) != 0; }
  };
  std::vector<Clause> clauses;
  json::Automaton automaton;         // labels are indexes into clauses
  uint64_t guards = 0;
};

/// read_number: the whole text is a JSON number within the range of a double.
bool read_number_value(ByteView text, double* value);

}  // namespace gatehouse::guard
