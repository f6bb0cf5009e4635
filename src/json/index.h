// Where the tokens of a JSON document begin: the part of the work that simdjson does.
#pragma once

#include <memory>

#include "base/bytes.h"

namespace gatehouse::json {

/// Index runs simdjson's first stage over a whole document: UTF-8 is checked, strings are told from
/// the rest, control characters in strings and unclosed strings are found, and the position of every
/// token's first byte is listed. What the list says about grammar is nothing yet: Walk judges it.
///
/// Invariants of the list, which Walk relies on (they hold for every simdjson kernel):
/// 1. positions grow strictly and lie inside the document;
/// 2. every byte outside strings that is not white space either starts a listed token or continues a
///    scalar token that does, so that no byte escapes judgement;
/// 3. between the closing quote of a listed string and the next position lies only white space.
/// One thread. Memory is four bytes per document byte; kept up to a bound, freed above it.
class Index {
 public:
  Index();
  ~Index();
  Index(const Index&) = delete;

  /// reserve allocates for documents of `bytes`; false when there is no memory.
  bool reserve(size_t bytes);

  /// build returns false for a document that no parser may accept: bad UTF-8, an unclosed string, a
  /// control character in a string, nothing at all. The list lives until the next build().
  bool build(ByteView document);

  /// positions has count() entries and one more: the length of the document.
  const uint32_t* positions() const { return positions_; }
  uint32_t count() const { return count_; }

 private:
  struct Engine;  // simdjson.h is large and stays out of headers
  std::unique_ptr<Engine> engine_;
  size_t capacity_ = 0;
  const uint32_t* positions_ = nullptr;
  uint32_t count_ = 0;
};

}  // namespace gatehouse::json
