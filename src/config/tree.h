// The configuration as its table of keys says it is: known keys, right types, values in range.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "config/diagnostic.h"
#include "config/keys.h"
#include "config/toml.h"

namespace gatehouse::config {

/// Match is one path of a `matches` value, with its patterns.
struct Match {
  Text path;
  std::vector<Text> patterns;
};

/// Value is one key's value. Which field holds it depends on the key's type.
struct Value {
  const Key* key = nullptr;
  Place place;
  bool valid = false;  // false: complained about; only that it is there counts
  bool boolean = false;
  uint64_t number = 0;  // integer; size in bytes; duration in nanoseconds
  std::string text;     // text, name, word, address, path
  std::vector<Text> list;
  std::vector<Match> matches;  // in the order of their places
  std::string because;         // of resolved(): what says so in the text's place; empty: the text itself
};

/// Table is one table with the keys that are there. Reading a key that is not there gives its default
/// from the table of keys; asking for one that the table of keys lacks is an assertion.
struct Table {
  const Key* key = nullptr;  // null: the top level
  Place place;               // of its header; unknown when the text has none
  std::vector<Value> values;
  std::vector<Table> tables;
  std::vector<ByteView> meant;  // keys that misspelt or misshapen ones were meant to be
  bool unknown = false;         // a key was none of its own

  /// misread: something in it, or in its tables, was complained about (so the report has an error) and is not as it was meant.
  bool misread() const;

  /// has: the text has the key, perhaps misspelt or with a wrong value: nobody need complain that it is
  /// missing. find: it has it, and the value is valid.
  bool has(ByteView name) const;
  const Value* find(ByteView name) const;
  /// place_of returns the key's value's place, else the table's.
  Place place_of(ByteView name) const;

  bool boolean(ByteView name) const;
  uint64_t number(ByteView name) const;
  Text text(ByteView name) const;
  std::vector<Text> list(ByteView name) const;
  std::vector<Match> matches(ByteView name) const;
  /// one returns a [table] (made when the text has none), all the [[tables]] in order.
  const Table& one(ByteView name) const;
  std::vector<const Table*> all(ByteView name) const;

 private:
  Value value_or_default(ByteView name) const;
};

/// check_tree holds a text's values against the table of keys. Always returns a tree: what is wrong is
/// in the report and left out.
Table check_tree(const Raw& top, Report& report);

/// default_value returns a key's default.
Value default_value(const Key& key);

}  // namespace gatehouse::config
