#include "cli/view_sides.h"

#include <algorithm>

#include "cli/view_page.h"
#include "mask/map.h"

namespace gatehouse::cli {
namespace {

std::string marked(const char* side, ByteView text, const mask::Change& change) {
  std::string title = std::string(change.mask) + ", " + std::string(detect::detector_name(change.detector)) + ", at ";
  title += change.place;
  return std::string("<mark class=\"") + side + "\" title=\"" + html_text(title) + "\">" +
         (text.empty() ? "&#8709;" : html_text(text)) + "</mark>";
}

}  // namespace

/// fits takes as many of the bytes as there is room for.
uint64_t Sides::fits(uint64_t bytes) {
  const uint64_t take = std::min(bytes, room_ - shown_);
  shown_ += take;
  return take;
}

void Sides::both(ByteView text) {
  original_bytes += text.size();
  masked_bytes += text.size();
  const uint64_t take = fits(text.size());
  left_out += text.size() - take;
  const std::string html = html_text(text.substr(0, take));
  original += html;
  masked += html;
}

bool Sides::add(ByteView piece, ByteView map) {
  mask::MapReader reader;
  mask::Change change;
  if (map.empty()) return both(piece), true;
  if (!reader.open(map) || reader.masked_length() != piece.size()) return both(piece), false;
  notes = notes || reader.notes();
  size_t at = 0;
  while (reader.next(&change)) {
    const size_t from = change.masked_offset;
    if (from < at || from > piece.size() || change.replacement.size() > piece.size() - from) return both(piece.substr(at)), false;
    both(piece.substr(at, from - at));
    at = from + change.replacement.size();
    original_bytes += change.original_bytes;
    masked_bytes += change.replacement.size();
    const uint64_t larger = std::max(change.original.size(), change.replacement.size());
    if (fits(larger) < larger) {
      left_out += change.replacement.size();
      continue;
    }
    const std::string unkept = "(" + std::to_string(change.original_bytes) + " bytes, not kept)";
    original += marked("was", reader.notes() ? ByteView(unkept) : change.original, change);
    masked += marked("became", change.replacement, change);
  }
  both(piece.substr(at));
  return reader.ok();
}

}  // namespace gatehouse::cli
