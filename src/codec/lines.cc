#include "codec/lines.h"

namespace gatehouse::codec {

bool Lines::next(ByteView& piece, Line* line) {
  if (error_ != LineError::none || piece.empty()) return false;
  const size_t lf = piece.find('\n');
  const ByteView part = piece.substr(0, lf == ByteView::npos ? lf : lf + 1);
  steps_ += part.size();
  if (part.size() > line_max_ - held_.size()) {
    error_ = LineError::too_long;
    return false;
  }
  piece.remove_prefix(part.size());
  if (lf == ByteView::npos || held_.size() > 0) steps_ += part.size();
  if (lf == ByteView::npos) {
    held_.add(part);
    return false;
  }
  fill(held_.with(part), line);
  return true;
}

bool Lines::last(Line* line) {
  if (error_ != LineError::none || held_.size() == 0) return false;
  fill(held_.with({}), line);
  return true;
}

void Lines::fill(ByteView raw, Line* line) {
  ByteView text = raw;
  if (text.ends_with('\n')) text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
  *line = {raw, text, offset_, text.find_first_not_of(" \t\r") == ByteView::npos, text.find('\r') != ByteView::npos};
  steps_ += text.size();
  offset_ += raw.size();
}

}  // namespace gatehouse::codec
