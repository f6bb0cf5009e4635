// What a compiled guard set is made of. Included by guard/*.cc and its tests only.
#pragma once

#include <string>
#include <vector>

#include "guard/guard.h"
#include "json/automaton.h"
#include "pattern/database.h"

namespace gatehouse::guard {

/// Group is the patterns of some guards, compiled; pattern ids are guard indices.
struct Group {
  /// Everything, for one string at a time: what it says is the verdict.
  pattern::Database exact;
  /// Patterns that can be asked of many texts joined by newlines. It may report a match that reaches
  /// over a join, but never misses one that lies in one text: ^, $, \b and \B see a newline where
  /// they would see the text's border, and patterns that would not (\A, \z, (?-m)) are left out. Its matches
  /// are candidates: `exact` confirms them.
  pattern::Database joined;
  /// The patterns left out of `joined`; asked of each string by itself.
  pattern::Database whole;
};

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
  Group all;
  std::vector<Group> each;            // empty when there is only one guard
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
