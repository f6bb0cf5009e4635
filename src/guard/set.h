// What a compiled guard set is made of. Included by guard/*.cc and its tests only.
#pragma once

#include <string>
#include <vector>

#include "guard/patterns.h"
#include "json/automaton.h"

namespace gatehouse::guard {

/// Role is what a pointer of a guard says of a value.
enum class Role : uint8_t { pattern, command, document, address };

struct Set::State {
  struct Guard {
    std::string name;
    Effect effect;
    StatementRules statements;
    std::shared_ptr<const Addresses> addresses;
    BulkRules bulk;
  };
  std::vector<Guard> list;
  Selection every = 0;
  Selection requests = 0, answers = 0;

  // Patterns.
  Patterns patterns;
  Cost cost;
  Selection confusables = 0;          // who looks at skeletons
  Selection patterned = 0;            // those with patterns
  Selection looking[5] = {};          // by Source: whose patterns look there; field: at some field
  struct Field {
    std::string name;
    Selection guards;
  };
  std::vector<Field> headers;         // that somebody's patterns look at

  // Fields of documents.
  json::Automaton pointers;           // labels are indexes into `named`
  struct Named {
    Role role;
    uint32_t guard;
  };
  std::vector<Named> named;
  Selection pointed = 0;              // whose patterns look at named fields alone

  // The other checks: who makes them.
  Selection statements = 0, statements_anywhere = 0;
  Selection addresses = 0, addresses_anywhere = 0;
  Selection shaped = 0, bulked = 0;
  std::shared_ptr<const ShapeRules> shapes;

  Selection body_readers() const {
    return looking[size_t(Source::value)] | looking[size_t(Source::key)] | statements | addresses | shaped | bulked;
  }
  /// The cheapest group that covers a selection; what it reports must still be asked of the selection.
  const Group& group(Selection guards) const;
};

}  // namespace gatehouse::guard
