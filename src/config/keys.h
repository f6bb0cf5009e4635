// Every key of the configuration, declared once. The parser, the JSON Schema, the reference page and
// `gatehouse check --key` all come from this table: what is not here does not exist.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace gatehouse::config {

enum class Type : uint8_t {
  table,   // [x], at most once
  tables,  // [[x]]; least and most count them
  boolean,
  integer,   // least to most
  size,      // bytes, or "64MiB"; least to most in bytes
  duration,  // "5ms"; least to most in nanoseconds
  text,      // least to most in bytes
  name,      // how other keys refer to it
  word,      // one of `words`
  address,   // "127.0.0.1:8443", "[::1]:8443", "unix:/run/x.sock"
  path,      // a file or folder; relative to the configuration file's folder
  texts,     // list of texts; least and most count them
  names,     // list of names
  words,     // list of words
  addresses, // list of addresses
  matches,   // paths of values, each with a pattern or a list of patterns; least and most count the paths
};

/// Key is one line of the table. `path` is dotted: "listener.certificate.key_file".
struct Key {
  ByteView path;
  Type type;
  ByteView text;           // what it says, one line
  ByteView fallback = {};  // default as written in TOML; empty: none
  bool required = false;
  uint64_t least = 0;
  uint64_t most = 0;
  ByteView words = {};      // "debug|info|warning|error"
  ByteView otherwise = {};  // what an absent key without a default means

  /// name is the last part of the path.
  ByteView name() const { return path.substr(path.rfind('.') + 1); }
  /// parent is the path of the table that it stands in; empty at the top.
  ByteView parent() const {
    return path.find('.') == ByteView::npos ? ByteView{} : path.substr(0, path.rfind('.'));
  }
  bool is_table() const { return type == Type::table || type == Type::tables; }
};

/// keys is the whole table: each table before its keys, in the order of the reference page.
std::span<const Key> keys();

/// find_key returns the key with a path, or nothing.
const Key* find_key(ByteView path);

/// names_in returns the names of the keys that stand in a table (empty path: at the top).
std::vector<ByteView> names_in(ByteView parent);

/// split_words splits "a|b|c".
std::vector<ByteView> split_words(ByteView words);

/// header_of is how a table is written: "[[listener.certificate]]"; "the top level" for an empty path.
std::string header_of(ByteView path);

/// type_text, range_text and default_text say it for people.
std::string type_text(const Key& key);
std::string range_text(const Key& key);
std::string default_text(const Key& key);

}  // namespace gatehouse::config
