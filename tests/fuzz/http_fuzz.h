// Shared by the fuzz targets of http/. The first byte of an input says how the rest is cut.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "http/h1_parser.h"

/// REQUIRE states a promise of the code under test; a broken one ends the run with the line.
#define REQUIRE(condition)                                                          \
  do {                                                                              \
    if (!(condition)) {                                                             \
      std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition);  \
      std::abort();                                                                 \
    }                                                                               \
  } while (false)

namespace gatehouse::http {

/// next_cut spreads cut lengths of 1 to 64 bytes from one seed.
inline size_t next_cut(uint32_t& state) {
  state = state * 1664525u + 1013904223u;
  return 1 + (state >> 24) % ((state >> 16 & 3) == 0 ? 64 : 3);
}

/// in_pieces gives growing prefixes, each in fresh memory of exactly its size, until one is decided.
template <typename Parse>
ParseResult in_pieces(ByteView bytes, uint8_t cuts, std::string& storage, Parse&& parse) {
  HeadScan scan;
  uint32_t state = cuts;
  size_t size = 0;
  for (;;) {
    size = std::min(bytes.size(), size + next_cut(state));
    std::string prefix(bytes.substr(0, size));
    prefix.shrink_to_fit();
    storage.swap(prefix);
    const ParseResult result = parse(ByteView(storage), scan);
    if (result.status != ParseStatus::need_more || size == bytes.size()) return result;
  }
}

inline bool same_fields(const FieldList& a, const FieldList& b) {
  if (a.count != b.count) return false;
  for (uint32_t i = 0; i < a.count; ++i)
    if (a.items[i].name != b.items[i].name || a.items[i].value != b.items[i].value) return false;
  return true;
}

}  // namespace gatehouse::http
