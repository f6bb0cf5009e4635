// What escapes stand for, and where it stands in the piece. Included by erase/*.cc only.
#pragma once

#include <string>
#include <vector>

#include "erase/erase.h"

namespace gatehouse::erase {

/// Decoded is text whose escapes were taken off, and of each byte its place in the piece that it came from.
class Decoded {
 public:
  const std::string& text() const { return text_; }
  void clear() { text_.clear(), steps_.clear(), end_ = 0; }
  /// release is clear, and keeps little memory.
  void release();
  /// stands: what is added from here on stands in the piece from `place` on, byte for byte, until it is said otherwise.
  void stands(uint32_t place) { stands(place, place); }
  /// stands, where what stands in the piece from `behind` up to there is no text.
  void stands(uint32_t place, uint32_t behind) { steps_.push_back({static_cast<uint32_t>(text_.size()), place, behind}); }
  void add(ByteView run) { text_.append(run); }
  void add(char c) { text_ += c; }
  /// room adds `size` bytes that the caller writes.
  char* room(size_t size);
  /// ends: what was decoded ends there in the piece.
  void ends(uint32_t place) { end_ = place; }
  uint32_t end() const { return end_; }

  /// report adds what was found in the text, as runs of the piece, to *out: of numbers the digits, as such or as bytes like others.
  void report(const std::vector<Erased>& found, bool numbers, std::vector<Erased>* out) const;

 private:
  uint32_t place(uint32_t decoded) const;    // where the byte stands in the piece
  uint32_t behind(uint32_t decoded) const;   // where the one before it ends
  /// Step is where what is decoded stands: from `decoded` on each byte is one of the piece, from `place` on.
  struct Step {
    uint32_t decoded = 0, place = 0, behind = 0;
  };
  std::string text_;
  std::vector<Step> steps_;   // in order, where an escape or what was cut stands between
  uint32_t end_ = 0;
};

/// in_order sorts runs; of those that overlap each byte is left to the first, but for those of digits alone.
void in_order(std::vector<Erased>* runs);

}  // namespace gatehouse::erase
