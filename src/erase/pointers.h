// What JSON pointers name, in a document that comes in pieces. Included by erase/erase.cc only.
#pragma once

#include "erase/erase.h"

namespace gatehouse::erase {

/// Pointers walks the document; a body that is none has no such places from there on.
struct Eraser::Pointers final : json::StreamVisitor {
  void start(const ErasePlan& plan);
  /// find adds what it finds in the next piece.
  void find(ByteView piece, std::vector<Erased>* out);

  void open(json::Kind kind, uint64_t at) override;
  void close(json::Kind kind, uint64_t at) override;
  void comma(uint64_t at) override;
  void key(const json::Part& key) override;
  void string_begin(uint64_t at) override;
  void string_part(const json::Part& part) override;
  void string_end(uint64_t at) override;
  void number(uint64_t at, ByteView raw, json::NumberShape shape) override;
  void literal(uint64_t at, ByteView raw) override;

 private:
  using Word = json::Automaton::Word;
  void value();
  void add(uint64_t at, size_t bytes, bool is_number);

  const ErasePlan* plan_ = nullptr;
  json::Stream stream_;
  bool broken_ = false;
  uint64_t passed_ = 0;            // bytes of the pieces before
  ByteView piece_;
  std::vector<Erased>* out_ = nullptr;
  size_t own_ = 0;                 // where *out_ begins to be of the container that is erased
  std::vector<Word> rows_;         // of the open containers' values, outermost first
  std::vector<json::Kind> kinds_;
  std::vector<uint32_t> places_;   // of elements
  std::vector<Word> row_;          // of the value at hand
  std::string key_;
  std::string name_;               // of the pointer that fits; empty: none
  size_t inside_ = 0;              // containers within one that is erased as a whole
};

}  // namespace gatehouse::erase
