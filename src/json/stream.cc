#include "json/stream.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "json/escape.h"
#include "json/scan.h"

namespace gatehouse::json {
namespace {

constexpr ByteView kTrue = "true", kFalse = "false", kNull = "null";

uint8_t byte_of(char c) { return static_cast<uint8_t>(c); }

size_t character_length(uint8_t lead) { return lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1; }

/// How many bytes at the end of a text are the beginning of a character that goes on.
size_t open_character(ByteView text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const uint8_t byte = byte_of(text[text.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    return character_length(byte) > back ? back : 0;
  }
  return 0;
}

bool valid_utf8(ByteView text) { return simdjson::validate_utf8(text.data(), text.size()); }

bool is_number_byte(char c) { return is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-'; }

}  // namespace

void Stream::start(Leniency leniency, uint64_t seed) {
  leniency_ = leniency;
  error_ = StreamError::none;
  want_ = Want::value;
  inside_ = Inside::nothing;
  depth_ = 0;
  keys_.start(seed, kStreamKeysMax);
  token_.trim();
  token_escapes_.trim();
  carried_ = 0;
}

size_t Stream::memory_bytes() const {
  return sizeof *this + keys_.memory_bytes() + token_.capacity() +
         (escapes_.capacity() + token_escapes_.capacity()) * sizeof(uint32_t);
}

uint64_t Stream::waits_at() const {
  if (inside_ == Inside::key) return token_at_ - 1;
  return inside_ == Inside::number || inside_ == Inside::literal ? token_at_ : UINT64_MAX;
}

bool Stream::fail(StreamError error) {
  error_ = error;
  return false;
}

StreamError Stream::feed(ByteView bytes, uint64_t at, StreamVisitor& visitor) {
  if (error_ != StreamError::none || bytes.empty()) return error_;
  Run run{bytes, at, 0, visitor};
  if (carried_ != 0 && !go_on(run)) return error_;
  // The rest holds whole characters, but for the last one.
  const ByteView rest = bytes.substr(run.i);
  if (!valid_utf8(rest.substr(0, rest.size() - open_character(rest)))) {
    fail(StreamError::malformed);
    return error_;
  }
  while (run.i < bytes.size() && carried_ == 0) {
    bool ok = true;
    switch (inside_) {
      case Inside::nothing: ok = structure(run); break;
      case Inside::key:
      case Inside::string: ok = quoted(run); break;
      case Inside::number: ok = number(run); break;
      case Inside::literal: ok = literal(run); break;
    }
    if (!ok) break;
  }
  return error_;
}

StreamError Stream::finish(StreamVisitor& visitor) {
  if (error_ != StreamError::none) return error_;
  if (inside_ == Inside::number) {
    Run run{{}, 0, 0, visitor};
    if (!end_number(run, {token_.data(), token_.size()})) return error_;
  }
  if (want_ != Want::end || inside_ != Inside::nothing) fail(StreamError::malformed);
  return error_;
}

// --- between tokens

/// Walks over white space and structure until a token begins, the bytes end, or something is wrong.
bool Stream::structure(Run& run) {
  const char* const bytes = run.bytes.data();
  for (; run.i < run.bytes.size(); ++run.i) {
    const char c = bytes[run.i];
    if (is_space(c)) continue;
    if (!(c == '"' ? begin_quoted(run) : step(run, c))) return false;
    if (inside_ != Inside::nothing) return true;
  }
  return true;
}

/// One byte that is neither white space nor a quote. Numbers and literals begin here, and are not passed over.
bool Stream::step(Run& run, char c) {
  const bool value = want_ == Want::value || want_ == Want::first_value;
  switch (c) {
    case '{':
    case '[': return value ? open(run, c == '{' ? Kind::object : Kind::array) : fail(StreamError::malformed);
    case '}':
      if (want_ == Want::first_key || (want_ == Want::after && kinds_[depth_ - 1] == Kind::object)) return close(run, Kind::object);
      return fail(StreamError::malformed);
    case ']':
      if (want_ == Want::first_value || (want_ == Want::after && kinds_[depth_ - 1] == Kind::array)) return close(run, Kind::array);
      return fail(StreamError::malformed);
    case ',':
      if (want_ != Want::after) return fail(StreamError::malformed);
      want_ = kinds_[depth_ - 1] == Kind::object ? Want::key : Want::value;
      run.visitor.comma(run.at + run.i);
      return true;
    case ':':
      if (want_ != Want::colon) return fail(StreamError::malformed);
      want_ = Want::value;
      return true;
    default: break;
  }
  if (!value) return fail(StreamError::malformed);
  if (c == '-' || is_digit(c)) inside_ = Inside::number;
  else if (c == 't' || c == 'f' || c == 'n') inside_ = Inside::literal;
  else return fail(StreamError::malformed);
  token_.clear();
  token_at_ = run.at + run.i;
  return true;
}

bool Stream::open(Run& run, Kind kind) {
  if (depth_ == kJsonDepthMax) return fail(StreamError::too_deep);
  kinds_[depth_++] = kind;
  if (kind == Kind::object) keys_.open();
  want_ = kind == Kind::object ? Want::first_key : Want::first_value;
  run.visitor.open(kind, run.at + run.i);
  return true;
}

bool Stream::close(Run& run, Kind kind) {
  --depth_;
  if (kind == Kind::object) keys_.close();
  run.visitor.close(kind, run.at + run.i);
  value_ended();
  return true;
}

void Stream::value_ended() {
  inside_ = Inside::nothing;
  want_ = depth_ == 0 ? Want::end : Want::after;
}

// --- numbers and literals

/// The token's bytes: in this run when it began and ended here, else gathered.
ByteView Stream::gather(Run& run, size_t begin) {
  const ByteView here = run.bytes.substr(begin, run.i - begin);
  if (token_.empty() && run.i < run.bytes.size()) return here;
  token_.append(here.data(), here.size());
  return {token_.data(), token_.size()};
}

bool Stream::number(Run& run) {
  const size_t begin = run.i;
  while (run.i < run.bytes.size() && is_number_byte(run.bytes[run.i])) ++run.i;
  if (token_.size() + run.i - begin > kStreamNumberMax) return fail(StreamError::too_large);
  const ByteView raw = gather(run, begin);
  return run.i == run.bytes.size() || end_number(run, raw);
}

bool Stream::end_number(Run& run, ByteView raw) {
  const NumberShape shape = read_number(raw);
  if (!shape.valid) return fail(StreamError::malformed);
  run.visitor.number(token_at_, raw, shape);
  value_ended();
  return true;
}

bool Stream::literal(Run& run) {
  const char first = token_.empty() ? run.bytes[run.i] : token_[0];
  const ByteView word = first == 't' ? kTrue : first == 'f' ? kFalse : kNull;
  const size_t here = std::min(word.size() - token_.size(), run.bytes.size() - run.i);
  if (run.bytes.substr(run.i, here) != word.substr(token_.size(), here)) return fail(StreamError::malformed);
  token_.append(run.bytes.data() + run.i, here);
  run.i += here;
  if (token_.size() < word.size()) return true;
  run.visitor.literal(token_at_, word);
  value_ended();
  return true;
}

// --- strings and keys

bool Stream::begin_quoted(Run& run) {
  if (want_ == Want::key || want_ == Want::first_key) {
    inside_ = Inside::key;
    token_.trim();
    token_escapes_.trim();
    token_at_ = run.at + run.i + 1;
  } else if (want_ == Want::value || want_ == Want::first_value) {
    inside_ = Inside::string;
    run.visitor.string_begin(run.at + run.i + 1);
  } else {
    return fail(StreamError::malformed);
  }
  ++run.i;
  return true;
}

bool Stream::quoted(Run& run) {
  const char* const bytes = run.bytes.data();
  const size_t begin = run.i, size = run.bytes.size();
  escapes_.clear();
  for (;;) {
    run.i = find_special(bytes, run.i, size);
    if (run.i == size) {
      carried_ = open_character(run.bytes.substr(begin));
      break;
    }
    const char c = bytes[run.i];
    if (c == '"') {
      const Part part{run.at + begin, run.bytes.substr(begin, run.i - begin), escapes_.data(),
                      static_cast<uint32_t>(escapes_.size())};
      const uint64_t quote = run.at + run.i;
      ++run.i;
      return end_quoted(run, part, quote);
    }
    if (c != '\\') return fail(StreamError::malformed);  // a control character
    const size_t length = read_escape(run.bytes.substr(run.i), leniency_.lone_surrogates);
    if (length == kNoEscape) return fail(StreamError::malformed);
    if (length == kOpenEscape) {
      carried_ = size - run.i;
      break;
    }
    escapes_.push(static_cast<uint32_t>(run.i - begin));
    run.i += length;
  }
  // The bytes end inside the string; what is not whole waits in carry_.
  const size_t end = size - carried_;
  if (carried_ != 0) std::memcpy(carry_, bytes + end, carried_);
  carry_at_ = run.at + end;
  run.i = size;
  return some_quoted(
      run, {run.at + begin, run.bytes.substr(begin, end - begin), escapes_.data(), static_cast<uint32_t>(escapes_.size())});
}

/// Finishes the escape or character that the bytes before cut.
bool Stream::go_on(Run& run) {
  while (carried_ != 0 && run.i < run.bytes.size()) {
    carry_[carried_++] = run.bytes[run.i++];
    const bool escape = carry_[0] == '\\';
    size_t length = carried_;
    if (escape) {
      length = read_escape({carry_, carried_}, leniency_.lone_surrogates);
      if (length == kOpenEscape) continue;
      if (length == kNoEscape) return fail(StreamError::malformed);
    } else {
      if ((byte_of(carry_[carried_ - 1]) & 0xc0) != 0x80) return fail(StreamError::malformed);
      if (carried_ < character_length(byte_of(carry_[0]))) continue;
      if (!valid_utf8({carry_, carried_})) return fail(StreamError::malformed);
    }
    const uint32_t first = 0;
    const size_t extra = carried_ - length;  // read behind a lone surrogate; all but the last are the front of an escape
    carried_ = 0;
    if (!some_quoted(run, {carry_at_, {carry_, length}, &first, escape ? 1u : 0u})) return false;
    if (extra == 0) continue;
    --run.i;
    carried_ = extra - 1;
    carry_at_ += length;
    if (carried_ != 0) std::memmove(carry_, carry_ + length, carried_);
  }
  return true;
}

/// Some raw text of a string or key that does not end here.
bool Stream::some_quoted(Run& run, const Part& part) {
  if (part.raw.empty()) return true;
  if (inside_ == Inside::string) {
    run.visitor.string_part(part);
    return true;
  }
  if (token_.size() + part.raw.size() > kStreamKeyMax) return fail(StreamError::too_large);
  for (uint32_t i = 0; i < part.escape_count; ++i)
    token_escapes_.push(static_cast<uint32_t>(token_.size()) + part.escapes[i]);
  token_.append(part.raw.data(), part.raw.size());
  return true;
}

bool Stream::end_quoted(Run& run, const Part& part, uint64_t quote) {
  if (inside_ == Inside::string) {
    if (!some_quoted(run, part)) return false;
    run.visitor.string_end(quote);
    value_ended();
    return true;
  }
  inside_ = Inside::nothing;
  want_ = Want::colon;
  if (token_.empty() && part.raw.size() <= kStreamKeyMax) return end_key(run, part);
  inside_ = Inside::key;
  if (!some_quoted(run, part)) return false;
  inside_ = Inside::nothing;
  token_.reserve(kSimdPadding);
  *token_.end() = '"';  // as it stands in the body: no escape goes on behind the end
  return end_key(run,
                 {token_at_, {token_.data(), token_.size()}, token_escapes_.data(), static_cast<uint32_t>(token_escapes_.size())});
}

bool Stream::end_key(Run& run, const Part& part) {
  if (!leniency_.duplicates) {
    ByteView text = part.raw;
    if (part.escape_count != 0) {
      plain_.clear();
      plain_.resize(part.raw.size() + kCopySlack);
      const auto size = static_cast<uint32_t>(part.raw.size());
      text = {plain_.data(), unescape(part.raw.data(), 0, size, part.escapes, part.escape_count, plain_.data())};
    }
    switch (keys_.add(text)) {
      case KeySet::Added::fresh: break;
      case KeySet::Added::twice: return fail(StreamError::duplicate_key);
      case KeySet::Added::full: return fail(StreamError::too_large);
    }
  }
  run.visitor.key(part);
  return true;
}

}  // namespace gatehouse::json
