#include "json/pointer.h"

#include <algorithm>

namespace gatehouse::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The digits of an array index (RFC 6901 section 4): no leading zero.
bool is_index(ByteView step) {
  return !step.empty() && std::all_of(step.begin(), step.end(), is_digit) && (step.size() == 1 || step[0] != '0');
}

bool fail(PathError* error, size_t column, const char* text) {
  *error = {column, text};
  return false;
}

/// A name without its escapes; `column` is where it begins.
bool read_name(ByteView step, size_t column, std::string* out, PathError* error) {
  for (size_t i = 0; i < step.size(); ++i) {
    const char c = step[i];
    if (c == '*') return fail(error, column + i, "* stands for a whole step only; inside a name it is ~2");
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) return fail(error, column + i, "control byte");
    if (c != '~') {
      *out += c;
      continue;
    }
    const size_t which = i + 1 < step.size() ? ByteView("012").find(step[i + 1]) : ByteView::npos;
    if (which == ByteView::npos) return fail(error, column + i, "only ~0 (~), ~1 (/) and ~2 (*) are known");
    *out += "~/*"[which];
    ++i;
  }
  return true;
}

}  // namespace

bool parse_pointer(ByteView text, std::vector<Segment>* out, PathError* error) {
  out->clear();
  if (!text.empty() && text[0] != '/') return fail(error, 1, "a pointer begins with '/', or is empty for the whole document");
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at + 1;
    at = std::min(text.find('/', begin), text.size());
    const ByteView step = text.substr(begin, at - begin);
    if (out->size() == kSegmentsMax) return fail(error, begin, "more than 60 steps");
    if (step == "**") {
      // Two of them say no more than one.
      if (out->empty() || out->back().kind != Segment::Kind::deep) out->push_back({Segment::Kind::deep, ""});
    } else if (step == "*") {
      out->push_back({Segment::Kind::any, ""});
    } else {
      Segment segment{is_index(step) ? Segment::Kind::index : Segment::Kind::name, ""};
      if (!read_name(step, begin + 1, &segment.name, error)) return false;
      if (segment.kind == Segment::Kind::index && step.size() > 9)
        return fail(error, begin + 1, "an element's number has at most 9 digits");
      out->push_back(std::move(segment));
    }
  }
  return true;
}

}  // namespace gatehouse::json
