#include "codec/multipart.h"

#include "base/byte_set.h"
#include "codec/find.h"

namespace gatehouse::codec {
namespace {

constexpr ByteSet kBoundaryBytes = ByteSet("'()+_,-./:=? ").with_alphanumeric();   // RFC 2046 section 5.1.1

}  // namespace

bool is_boundary(ByteView text) {
  return !text.empty() && text.size() <= kBoundaryMax && kBoundaryBytes.has_all(text) && !text.ends_with(' ');
}

Multipart::Multipart(ByteView boundary, const MultipartOptions& options, uint8_t depth, uint64_t offset, uint32_t parts)
    : options_(options), dash_("--"), offset_(offset), parts_(parts), depth_(depth) {
  if (!is_boundary(boundary)) error_ = MultipartError::boundary;
  else dash_ += boundary;
}

Multipart::What Multipart::fail(MultipartError error) {
  error_ = error;
  return What::none;
}

Multipart::What Multipart::emit(What what, ByteView bytes) {
  bytes_ = bytes;
  at_ = offset_;
  offset_ += bytes.size();
  return what;
}

Multipart::What Multipart::next(ByteView& piece) {
  for (;;) {
    if (error_ != MultipartError::none) return What::none;
    if (piece.empty()) return finished_ ? take_end() : What::none;
    const State before = state_;
    What what = What::none;
    switch (state_) {
      case State::start: what = take_start(piece); break;
      case State::data: what = take_data(piece); break;
      case State::tail: what = take_tail(piece); break;
      case State::head: what = take_head(piece); break;
      case State::after: return fail(MultipartError::epilogue);
    }
    if (what != What::none || (state_ == before && piece.empty())) return what;
  }
}

/// take_start wants [CRLF] "--" boundary: what else stands before the first delimiter some readers skip and some do not.
Multipart::What Multipart::take_start(ByteView& piece) {
  size_t at = 0;
  while (at < piece.size() && matched_ < dash_.size()) {
    const char c = piece[at++];
    mark_ += c;
    ++steps_;
    if (mark_ == "\r" || mark_ == "\r\n") continue;
    if (c != dash_[matched_++] || mark_.starts_with("\r-")) return fail(MultipartError::preamble);
  }
  piece.remove_prefix(at);
  if (matched_ == dash_.size()) state_ = State::tail;
  return What::none;
}

/// matches says whether c continues [CR] [LF] "--" boundary.
bool Multipart::matches(char c) {
  if (matched_ == 0 && !lf_ && c == '\n') return lf_ = true;
  if (c != dash_[matched_]) return false;
  ++matched_;
  return true;
}

void Multipart::begin_data() {
  state_ = State::data;
  cr_ = lf_ = before_data_ = true;   // of the head's empty line
  matched_ = 0;
}

/// take_data looks at each line's start: a boundary holds no line ends, so that what was matched never hides another start.
Multipart::What Multipart::take_data(ByteView& piece) {
  size_t at = 0, data = 0;   // piece[0..data) is data: none of it while a line that earlier pieces began is open
  bool carried = cr_ || lf_;
  for (;;) {
    if (!cr_ && !lf_) {
      data = find_any(piece, at, kLineEnds);
      steps_ += data - at;
      if (data == piece.size()) break;
      (piece[data] == '\r' ? cr_ : lf_) = true;
      at = data + 1;
    }
    const size_t from = at;
    while (at < piece.size() && matched_ < dash_.size() && matches(piece[at])) ++at;
    steps_ += at - from + 1;
    if (matched_ == dash_.size()) return found(piece, data, at);
    if (at == piece.size()) break;
    if (carried && (matched_ > 0 || !before_data_)) return mismatch(piece, at);
    carried = cr_ = lf_ = before_data_ = false;
    matched_ = 0;
  }
  const ByteView bytes = piece.substr(0, data);
  piece = {};
  return bytes.empty() ? What::none : emit(What::data, bytes);
}

/// mismatch reports what earlier pieces brought of a line that is no delimiter.
Multipart::What Multipart::mismatch(ByteView& piece, size_t at) {
  mark_.clear();
  if (cr_ && !before_data_) mark_ += '\r';
  if (lf_ && !before_data_) mark_ += '\n';
  mark_.append(dash_, 0, matched_);
  steps_ += mark_.size();
  piece.remove_prefix(at);
  cr_ = lf_ = before_data_ = false;
  matched_ = 0;
  return emit(What::data, mark_);
}

/// found: the boundary is complete. What stands before it is data of the part that ends.
Multipart::What Multipart::found(ByteView& piece, size_t data, size_t at) {
  const ByteView bytes = piece.substr(0, data);
  piece.remove_prefix(at);
  if (before_data_) return fail(MultipartError::early_delimiter);
  if (!cr_ || !lf_) error_ = MultipartError::bare_line_end;   // after the data before it
  state_ = State::tail;
  mark_.clear();
  if (!bytes.empty()) return emit(What::data, bytes);
  return What::none;
}

MultipartError Multipart::tail_byte(char c) {
  const bool blank = c == ' ' || c == '\t';
  if (tail_ == Tail::cr) return c == '\n' ? MultipartError::none : MultipartError::bare_line_end;
  if (tail_ == Tail::dash) {
    if (c != '-') return MultipartError::longer_line;
    tail_ = Tail::closed;
    closed_ = true;
  } else if (c == '\r') {
    tail_ = Tail::cr;
  } else if (c == '\n') {
    return MultipartError::bare_line_end;
  } else if (blank) {
    if (!options_.padding_allowed || ++padding_ > kDelimiterPaddingMax) return MultipartError::padding;
    tail_ = Tail::padding;
  } else {
    if (c != '-' || tail_ != Tail::fresh) return MultipartError::longer_line;
    tail_ = Tail::dash;
  }
  return MultipartError::none;
}

/// take_tail reads what stands behind a boundary: ["--"] padding CRLF. The part before it ends first.
Multipart::What Multipart::take_tail(ByteView& piece) {
  if (mark_.empty()) {
    mark_ = "\r\n" + dash_;
    cr_ = lf_ = false;
    return emit(What::end, {});
  }
  while (!piece.empty()) {
    const char c = piece.front();
    if (const MultipartError error = tail_byte(c); error != MultipartError::none) return fail(error);
    piece.remove_prefix(1);
    mark_ += c;
    ++steps_;
    if (c != '\n') continue;
    tail_ = Tail::fresh;
    padding_ = 0;
    state_ = closed_ ? State::after : State::head;
    cr_ = false;
    line_bytes_ = line_count_ = 0;
    if (!closed_ && ++parts_ > options_.parts_max) return fail(MultipartError::too_many_parts);
    return emit(What::framing, mark_);
  }
  return What::none;
}

/// take_head looks for the empty line.
Multipart::What Multipart::take_head(ByteView& piece) {
  size_t at = 0;
  while (at < piece.size()) {
    const char c = piece[at++];
    if (held_.size() + at > kPartHeadMax) return fail(MultipartError::head_too_long);
    if ((c == '\n') != cr_) return fail(MultipartError::bare_line_end);
    cr_ = c == '\r';
    if (c == '\r') continue;
    if (c != '\n') {
      ++line_bytes_;
      continue;
    }
    if (line_bytes_ == 0) {
      steps_ += held_.size() > 0 ? 2 * at : at;
      const ByteView raw = held_.with(piece.substr(0, at));
      piece.remove_prefix(at);
      steps_ += raw.size();
      if (const MultipartError error = read_part_head(raw, options_.form_data, fields_, &head_); error != MultipartError::none)
        return fail(error);
      for (const PartField& field : head_.fields)   // whoever looks for delimiters in heads, too, would cut there
        if (field.name.starts_with(dash_)) return fail(MultipartError::longer_line);
      begin_data();
      head_.depth = depth_;
      head_.offset = offset_;
      return emit(What::head, raw);
    }
    line_bytes_ = 0;
    if (++line_count_ > kPartFieldsMax) return fail(MultipartError::too_many_fields);
  }
  held_.add(piece);
  steps_ += 2 * at;
  piece = {};
  return What::none;
}

/// take_end: the body is over.
Multipart::What Multipart::take_end() {
  if (state_ == State::after) return What::none;
  if (state_ == State::tail && closed_ && tail_ != Tail::cr) {
    state_ = State::after;
    return mark_.empty() ? What::none : emit(What::framing, mark_);
  }
  if (state_ != State::data || options_.closing_required) return fail(MultipartError::incomplete);
  ByteView nothing;
  if ((cr_ || lf_) && (matched_ > 0 || !before_data_)) return mismatch(nothing, 0);
  state_ = State::after;
  return emit(What::end, {});
}

void Multipart::nest(ByteView boundary) {
  if (boundary.empty()) return;
  if (depth_ == kPartDepthMax) {
    error_ = MultipartError::too_deep;
    return;
  }
  MultipartOptions options = options_;
  options.form_data = false;
  options.closing_required = true;
  inner_.reset(new Multipart(boundary, options, static_cast<uint8_t>(depth_ + 1), offset_, parts_));
  inner_steps_ = 0;
}

void Multipart::take_over(MultipartError error) {
  parts_ = inner_->parts_;
  steps_ += inner_->steps_ - inner_steps_;
  inner_steps_ = inner_->steps_;
  if (error != MultipartError::none) error_ = error;
}

}  // namespace gatehouse::codec
