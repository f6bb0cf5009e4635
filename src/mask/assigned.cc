// Values that are assigned to the name of a secret, in whatever language.
#include <algorithm>

#include "mask/ascii.h"
#include "mask/emphasis.h"
#include "mask/secret_value.h"
#include "mask/secrets.h"

namespace gatehouse::mask {
namespace {

// A name is read so far around the literal that called, and so much may stand between it and its value: all within kLeftBytes.
constexpr size_t kLeftMax = 20, kRightMax = 20, kBetweenMax = 18;
static_assert(kLeftMax + kRightMax + kBetweenMax + 4 <= kLeftBytes);
constexpr size_t kQuotedMax = 512, kPairMax = 40;

bool is_name(char c) { return is_word(c) || one_of(c, "-.\xc3\xb1"); }

struct Name {
  size_t begin, end;
};

Name read_name(ByteView text, size_t at) {
  Name name{at, at};
  while (name.begin > 0 && at - name.begin < kLeftMax && is_name(text[name.begin - 1])) --name.begin;
  while (name.begin < at && escaped_at(text, name.begin)) ++name.begin;
  const size_t limit = text.size() - at < kRightMax ? text.size() : at + kRightMax;
  while (name.end < limit && is_name(text[name.end])) ++name.end;
  for (const ByteView more : {" key", " token", " de passe"})  // "API key", "mot de passe"
    if (starts_at(text, name.end, more, true) && name.end + more.size() <= limit) name.end += more.size();
  return name;
}

/// Cursor goes over what stands between name and value. short_of: the text ends there.
struct Cursor {
  ByteView text;
  size_t at, limit;

  bool more() const { return at < limit; }
  bool short_of() const { return at >= text.size(); }
  size_t blanks() {
    const size_t first = at;
    while (more() && (text[at] == ' ' || text[at] == '\t')) ++at;
    return at - first;
  }
  /// Escaped where a service wrote what was in its text as Markdown.
  void bold() {
    for (const ByteView mark : {"**", "\\*\\*"}) {
      const size_t behind = at + mark.size();
      if (!starts_at(text, at, mark) || behind >= text.size() || text[behind] == mark[0]) continue;
      at = behind;
      return;
    }
  }
  /// ends_emphasis passes over other marks behind a name, *password*: or __password:__, before ':' or between ':' and a blank.
  /// Three behind ':' may stand for a value: they must stand before the name, too, where `before` ends.
  void ends_emphasis(ByteView before) {
    const size_t size = emphasis_at(text, at);
    if (size == 0 || size > 3 || at + size >= text.size() || text[at] == '`') return;
    const ByteView run = text.substr(at, size);
    const bool behind = text[at - 1] == ':';
    if (run.find_first_not_of(run[0]) != ByteView::npos || (behind && size == 3 && !before.ends_with(run))) return;
    if (text[at + size] == (behind ? ' ' : ':')) at += size;
  }
  /// A quotation mark, escaped or not: \" of a text within a text.
  bool quote(size_t* slashes, char* mark) {
    size_t next = at;
    while (next < limit && text[next] == '\\') ++next;
    if (next >= limit || (text[next] != '"' && text[next] != '\'' && text[next] != '`')) return false;
    *slashes = next - at;
    *mark = text[next];
    at = next + 1;
    return true;
  }
};

/// Start is where a value begins, and how.
struct Start {
  size_t at = 0;
  bool found = false, tight = false, quoted = false, tag = false, option = false, told = false;
  char mark = 0;
  size_t slashes = 0;
};

bool option_before(ByteView text, const Name& name) { return starts_at(text, name.begin, "--"); }

Start read_start(ByteView text, const Name& name) {
  Start start;
  Cursor cursor{text, name.end, text.size() - name.end < kBetweenMax ? text.size() : name.end + kBetweenMax};
  if (cursor.more() && text[cursor.at] == '>' && name.begin > 0 && text[name.begin - 1] == '<') {
    start.at = cursor.at + 1;
    start.found = start.tight = start.tag = true;
    return start;
  }
  char mark;
  size_t slashes;
  const bool named_in_quotes = cursor.quote(&slashes, &mark);
  if (!named_in_quotes && cursor.more() && text[cursor.at] == ']') ++cursor.at;  // $x['password'] has both
  if (named_in_quotes && cursor.more() && text[cursor.at] == ']') ++cursor.at;
  cursor.bold();  // **password**: x
  cursor.ends_emphasis(text.substr(0, name.begin));
  const size_t blanks = cursor.blanks();
  size_t signs = 0;
  while (cursor.more() && signs < 3 && one_of(text[cursor.at], signs == 0 ? "=:" : "=:>")) {
    ++cursor.at;
    ++signs;
  }
  if (signs == 0 && blanks != 0 && cursor.at + 2 < cursor.limit && starts_at(text, cursor.at, "is", true)) {  // "… is x1y"
    cursor.at += 2;
    if (text[cursor.at] == ':') ++cursor.at;
    start.found = start.told = cursor.blanks() != 0;
  } else if (signs == 0) {
    start.option = option_before(text, name) && blanks != 0 && !named_in_quotes;
    start.found = start.option;
  } else {
    start.found = true;
    cursor.bold();
    cursor.ends_emphasis(text.substr(0, name.begin));
    start.tight = cursor.blanks() + blanks == 0 || start.option;
  }
  if (start.option) start.tight = true;
  start.quoted = cursor.quote(&start.slashes, &start.mark);
  start.at = cursor.at;
  if (cursor.at >= name.end + kBetweenMax) start.found = false;
  return start;
}

/// Where the quoted value ends; npos: not on this line, or not yet.
size_t quoted_end(ByteView text, const Start& start) {
  const size_t limit = text.size() - start.at < kQuotedMax ? text.size() : start.at + kQuotedMax;
  for (size_t at = start.at; at < limit; ++at) {
    if (text[at] == '\n') return ByteView::npos;
    if (text[at] == '\\' && start.slashes == 0) {
      ++at;
      continue;
    }
    if (text[at] != start.mark) continue;
    size_t slashes = 0;
    while (at > start.at + slashes && text[at - slashes - 1] == '\\') ++slashes;
    if (slashes <= start.slashes) return at - slashes;
  }
  return ByteView::npos;
}

/// A separator that ends a value: nothing, a blank, a quotation mark or the next name=… follows. 2: more text decides.
int ends_value(ByteView text, size_t at) {
  size_t next = at + 1;
  if (next < text.size() && text[next] == ' ') return 1;
  const size_t first = next;
  while (next < text.size() && next - first < kPairMax && (is_word(text[next]) || text[next] == '-' || text[next] == '.')) ++next;
  if (next == text.size()) return 2;
  if (next == first) return is_space(text[next]) || one_of(text[next], "\"'\\<)}],;") ? 1 : 0;
  return next - first < kPairMax && (text[next] == '=' || text[next] == ':') ? 1 : 0;
}

bool is_wide_border(ByteView text, size_t at) {
  const auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  return (byte(at) == 0xc2 && byte(at + 1) == 0xa0) || ((byte(at) == 0xe2 || byte(at) == 0xe3) && byte(at + 1) == 0x80);
}

/// Where a value without quotation marks ends; text.size() also when more text decides.
size_t plain_end(ByteView text, size_t begin) {
  const size_t limit = text.size() - begin < kLongMin ? text.size() : begin + kLongMin;
  for (size_t at = begin; at < limit; ++at) {
    const char c = text[at];
    if (is_space(c) || one_of(c, "\"'<`") || is_wide_border(text, at)) return at;
    if (c == '\\' && at + 1 == text.size()) return text.size();
    if (c == '\\' && (text[at + 1] == 'n' || text[at + 1] == 'r' || text[at + 1] == 't' || text[at + 1] == '"')) return at;
    if (!one_of(c, ",;&|)]}")) continue;
    const int ends = ends_value(text, at);
    if (ends != 0) return ends == 1 ? at : text.size();
  }
  return limit;
}

/// Whether another word follows on the line.
bool is_sentence(ByteView text, size_t end) {
  size_t at = end;
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
  return at > end && at < text.size() &&
         (is_ascii_letter(text[at]) || is_digit(text[at]) || static_cast<uint8_t>(text[at]) >= 0x80);
}

Detector detector_of(const Sight& sight, SecretName name) {
  const bool password = sight.wanted.has(Detector::password);
  if (name == SecretName::aws && (sight.wanted.has(Detector::aws_key) || !password)) return Detector::aws_key;
  if (name == SecretName::azure && (sight.wanted.has(Detector::azure_key) || !password)) return Detector::azure_key;
  return Detector::password;
}

/// Judges the value that begins at start.at; returns where to go on.
size_t judge_value(Sight& sight, const Start& start, SecretName name) {
  const ByteView text = sight.text;
  const bool hold = sight.open && text.size() - start.at < kLongMin;
  Assigned value{start.at, start.at, false, start.tight, false, start.told};
  if (start.quoted) {
    const size_t end = quoted_end(text, start);
    if (end == ByteView::npos && hold && text.size() - start.at < kQuotedMax && text.find('\n', start.at) == ByteView::npos) {
      sight.hold(start.at);
      return start.at;
    }
    value.quoted = end != ByteView::npos;
    value.end = end;
  }
  const Detector detector = detector_of(sight, name);
  bool is_long = false;
  if (!value.quoted) {
    value.end = plain_end(text, start.at);
    if (value.end == text.size() && hold) {
      sight.hold(start.at);
      return start.at;
    }
    is_long = value.end - start.at == kLongMin;
    if (!is_long && sight.open && value.end < text.size()) {  // whether a word follows
      size_t next = value.end;
      while (next < text.size() && next - value.end < 4 && (text[next] == ' ' || text[next] == '\t')) ++next;
      if (next == text.size() && hold) {
        sight.hold(start.at);
        return start.at;
      }
    }
    if (start.tag && !starts_at(text, value.end, "</")) {  // <password> stands for one
      if (hold && text.size() - value.end < 2) sight.hold(start.at);
      return start.at;
    }
    value.sentence = !is_long && is_sentence(text, value.end);
    if (!is_long)
      while (value.end > start.at && ByteView(".,;:)").find(text[value.end - 1]) != ByteView::npos) --value.end;
  }
  if (!holds_secret(text, value, name)) return start.at;
  if (is_long) value.end = goes_on(detector, text, value.end).end;
  sight.add(value.begin, value.end, detector, Evidence::near_word, is_long && sight.open && value.end == text.size());
  return is_long ? value.end - kLeftBytes : start.at;  // names further back in a long value have theirs within it
}

DetectorSet set_of_kind(SecretName name) {
  switch (name) {
    case SecretName::none: return 0;
    case SecretName::aws: return set_of(Detector::aws_key) | set_of(Detector::password);
    case SecretName::azure: return set_of(Detector::azure_key) | set_of(Detector::password);
    case SecretName::password:
    case SecretName::key:
    case SecretName::token: break;
  }
  return set_of(Detector::password);
}

}  // namespace

DetectorSet secret_by_field(ByteView field) { return set_of_kind(secret_name(field)); }

size_t find_assigned(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  const Name name = read_name(text, at);
  const size_t next = name.end > at ? name.end : at + 1;
  const ByteView written = text.substr(name.begin, name.end - name.begin);
  const SecretName kind = secret_name(written);
  if (!sight.wanted.any_of(set_of_kind(kind))) return next;
  const Start start = read_start(text, name);
  if (!start.found || start.at >= text.size()) return next;
  const bool folder = one_of(text[start.at], "/~");
  if (folder && (same_word(written, "pwd") || same_word(written, "oldpwd")))
    return next;  // the working directory
  return std::max(next, judge_value(sight, start, kind));
}

bool secret_number(ByteView number, ByteView field, const Wanted& wanted, Found* found) {
  if (field.empty() || number.size() < 4 || !wanted.has(Detector::password)) return false;
  if (secret_name(field) != SecretName::password) return false;
  *found = {0, static_cast<uint32_t>(number.size()), Detector::password, Evidence::field_name, false, false, 0};
  return true;
}

void find_named_field(Sight& sight) {
  const ByteView text = sight.text;
  if (sight.from != 0 || text.empty() || text.size() > kQuotedMax || sight.field.empty()) return;
  const SecretName kind = secret_name(sight.field);
  if (kind == SecretName::none) return;
  const Detector detector = detector_of(sight, kind);
  if (!sight.wanted.has(detector)) return;
  size_t begin = 0, end = text.size();
  while (begin < end && is_space(text[begin])) ++begin;
  while (end > begin && is_space(text[end - 1])) --end;
  if (sight.open) return sight.hold(0);
  if (text.substr(begin, end - begin).find('\n') != ByteView::npos) return;
  if (holds_secret(text, {begin, end, true, true, false, false}, kind)) sight.add(begin, end, detector, Evidence::field_name);
}

}  // namespace gatehouse::mask
