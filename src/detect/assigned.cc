// Values that are assigned to the name of a secret, in whatever language.
#include <algorithm>

#include "base/ascii.h"
#include "detect/assigned.h"
#include "detect/emphasis.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

// A name is read so far around the literal that called, and so much may stand between it and its value: all within kLeftBytes.
constexpr size_t kLeftMax = 20, kRightMax = 20, kBetweenMax = 18;
static_assert(kLeftMax + kRightMax + kBetweenMax + 4 <= kLeftBytes);
constexpr size_t kQuotedMax = 512, kPairMax = 40, kLineBlanks = 4;

bool is_name(char c) { return is_word(c) || one_of(c, "-."); }

struct Name {
  size_t begin, end;
};
constexpr ByteView kSecondWords[] = {" key", " token", " de passe", " passe"};   // "API key", "mot de passe"

/// Names in scripts that set no words apart.
constexpr ByteView kWideNames[] = {
    "\xe5\xaf\x86\xe7\xa0\x81", "\xe5\xaf\x86\xe7\xa2\xbc", "\xe3\x83\x91\xe3\x82\xb9\xe3\x83\xaf\xe3\x83\xbc\xe3\x83\x89",
    "\xeb\xb9\x84\xeb\xb0\x80\xeb\xb2\x88\xed\x98\xb8"};

Name read_name(ByteView text, size_t at) {
  for (const ByteView wide : kWideNames)
    if (starts_at(text, at, wide)) return {at, at + wide.size()};
  Name name{at, at};
  while (name.begin > 0) {
    const size_t length = is_name(text[name.begin - 1]) ? 1 : letter_before(text, name.begin);
    if (length == 0 || at - name.begin + length > kLeftMax) break;
    name.begin -= length;
  }
  while (name.begin < at && escaped_at(text, name.begin)) ++name.begin;
  const size_t limit = text.size() - at < kRightMax ? text.size() : at + kRightMax;
  while (name.end < limit) {
    const size_t length = is_name(text[name.end]) ? 1 : letter_at(text, name.end);
    if (length == 0 || name.end + length > limit) break;
    name.end += length;
  }
  for (const ByteView more : kSecondWords)
    if (starts_at(text, name.end, more, true) && name.end + more.size() <= limit) name.end += more.size();
  return name;
}

/// The bytes of the blank at text[at], also an unbreakable one, as pages set behind "Password:"; 0: there is none.
size_t blank_at(ByteView text, size_t at) {
  if (text[at] == ' ' || text[at] == '\t') return 1;
  if (starts_at(text, at, "\xc2\xa0")) return 2;
  return starts_at(text, at, "\xe2\x80\xaf") ? 3 : 0;
}

/// Cursor goes over what stands between name and value. short_of: the text ends there.
struct Cursor {
  ByteView text;
  size_t at, limit;

  bool more() const { return at < limit; }
  bool short_of() const { return at >= text.size(); }
  size_t blanks() {
    const size_t first = at;
    for (size_t length; more() && (length = blank_at(text, at)) != 0 && at + length <= limit;) at += length;
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
    if (behind ? blank_at(text, at + size) != 0 : text[at + size] == ':') at += size;
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

bool option_before(ByteView text, const Name& name) { return starts_at(text, name.begin, "--"); }

/// begins_near: all that says what stands at text[at] begins behind `first`, and is seen however the text is cut.
bool begins_near(size_t first, size_t at) { return at - first + 4 <= kLeftBytes; }

/// pass_newlines: line ends, also written \n, and blanks.
void pass_newlines(Cursor* cursor) {
  const ByteView text = cursor->text;
  for (size_t& at = cursor->at; cursor->more();) {
    const bool blank = is_space(text[at]);
    if (!blank && (at + 1 >= cursor->limit || !escaped_at(text, at + 1))) return;
    at += blank ? 1 : 2;
  }
}

/// The name is a value itself, of which the next one is said: key="DbPassword" value="x", "name":"DB_PASSWORD","value":"x", and
/// name: DB_PASSWORD over value: x.
bool read_pair(ByteView text, const Name& name, Start* start) {
  size_t before = name.begin;
  while (before > 0 && name.begin - before < 2 && text[before - 1] == ' ') --before;
  if (before == 0 || !one_of(text[before - 1], before == name.begin ? "\"'" : ":")) return false;
  Cursor cursor{text, name.end, std::min(text.size(), name.begin + kLeftBytes - 4)};
  char mark;
  size_t slashes;
  if (cursor.quote(&slashes, &mark) != (before == name.begin)) return false;
  size_t apart = cursor.at;
  if (cursor.more() && text[cursor.at] == ',') ++cursor.at;
  pass_newlines(&cursor);
  apart = cursor.at - apart;
  const bool quoted = cursor.quote(&slashes, &mark);
  if (apart == 0 || !starts_at(text, cursor.at, "value", true)) return false;
  cursor.at += 5;
  if (quoted && !cursor.quote(&slashes, &mark)) return false;
  cursor.blanks();
  if (!cursor.more() || !one_of(text[cursor.at], ":=")) return false;
  ++cursor.at;
  const bool tight = cursor.blanks() == 0;
  start->quoted = cursor.quote(&start->slashes, &start->mark);
  start->tight = tight || start->quoted;
  start->at = cursor.at;
  start->found = start->paired = begins_near(name.begin, cursor.at);
  return start->found;
}

/// ends_line: what comes is the end of a line; passes over it, and the blanks behind.
bool ends_line(Cursor* cursor) {
  const ByteView text = cursor->text;
  const size_t first = cursor->at;
  if (cursor->more() && text[cursor->at] == '\r') ++cursor->at;
  const bool escaped = cursor->at + 1 < cursor->limit && text[cursor->at] == '\\' && text[cursor->at + 1] == 'n';
  if (!cursor->more() || (text[cursor->at] != '\n' && !escaped)) {
    cursor->at = first;
    return false;
  }
  cursor->at += escaped ? 2 : 1;
  cursor->blanks();
  return true;
}

/// How masks write that what stands above is a term, in a list of them: the colon of a line that may have ended.
constexpr ByteView kBehindTerm = ":\n";

/// end_term: the line of a name ended before the colon.
void end_term(Cursor* cursor) {
  Cursor next = *cursor;
  if (ends_line(&next) && starts_at(next.text, next.at, kBehindTerm)) *cursor = next;
}

/// below: what comes is the end of the line of "Password:".
bool below(Cursor* cursor) {
  if (!ends_line(cursor)) return false;
  if (starts_at(cursor->text, cursor->at, kBehindTerm)) cursor->at += kBehindTerm.size();
  return true;
}

/// Where up to kLineBlanks blanks behind a value end.
size_t behind_blanks(ByteView text, size_t at) {
  for (size_t count = 0; count < kLineBlanks && at < text.size(); ++count) at += blank_at(text, at);
  return at;
}

/// A line that is a value: a letter, and nothing but a few blanks behind it.
bool is_line(ByteView text, size_t begin, size_t end) {
  const size_t last = behind_blanks(text, end);
  const bool ends = last == text.size() || one_of(text[last], "\n\r") || starts_at(text, last, "\\n");
  const ByteView line = text.substr(begin, end - begin);
  return ends && !line.ends_with(':') && std::any_of(line.begin(), line.end(), is_ascii_letter);
}

/// login_before: "login bob" stands before the name, as in a netrc; returns where that begins, npos when not.
size_t login_before(ByteView text, size_t begin) {
  constexpr size_t kApart = 8, kUser = 24;
  const auto back = [&](size_t from, size_t most, bool spaces) {
    size_t at = from;
    while (at > 0 && from - at < most && is_space(text[at - 1]) == spaces) --at;
    return at;
  };
  const size_t user_end = back(begin, kApart, true), user = back(user_end, kUser, false), login = back(user, kApart, true);
  for (const ByteView word : {"login", "user"})
    if (user_end < begin && user < user_end && login < user && login > word.size() &&
        starts_at(text, login - word.size(), word) && is_space(text[login - word.size() - 1]))
      return login - word.size() - 1;
  return ByteView::npos;
}

/// PASSWORD 'x' of a statement, "by" or "as" between, and "login bob password x".
void read_bare(ByteView text, const Name& name, Cursor cursor, Start* start) {
  const ByteView written = text.substr(name.begin, name.end - name.begin);
  for (const ByteView word : {"by ", "as "})
    if (starts_at(text, cursor.at, word, true) && cursor.at + word.size() < cursor.limit) cursor.at += word.size();
  if (cursor.more() && text[cursor.at] == '\'') {
    start->found = start->quoted = true;
    start->mark = '\'';
    start->at = cursor.at + 1;
    start->spoken = std::any_of(written.begin(), written.end(), [](char c) { return c >= 'a' && c <= 'z'; }) &&
                    written.find('_') == ByteView::npos;
    return;
  }
  constexpr ByteView kEntity = "!entity ";
  if (cursor.more() && text[cursor.at] == '"' && name.begin > kEntity.size() &&
      starts_at(text, name.begin - kEntity.size(), kEntity, true)) {
    start->found = start->quoted = true;
    start->mark = '"';
    start->at = cursor.at + 1;
    return;
  }
  for (const ByteView line : {"requirepass", "masterauth", "bindpw", "rootpw"})   // of files of settings
    if (same_word(written, line)) {
      start->at = cursor.at;
      start->found = start->tight = start->spoken = true;
      return;
    }
  const size_t login = login_before(text, name.begin);
  start->at = cursor.at;
  start->found = start->tight = start->spoken = login != ByteView::npos && begins_near(login, cursor.at);
}

Start read_start(ByteView text, const Name& name) {
  Start start;
  Cursor cursor{text, name.end, text.size() - name.end < kBetweenMax ? text.size() : name.end + kBetweenMax};
  if (cursor.more() && text[cursor.at] == '>' && name.begin > 0 && text[name.begin - 1] == '<') {
    start.at = cursor.at + 1;
    start.found = start.tight = start.tag = true;
    return start;
  }
  if (read_pair(text, name, &start)) return start;
  char mark;
  size_t slashes;
  const bool named_in_quotes = cursor.quote(&slashes, &mark);
  if (!named_in_quotes && cursor.more() && text[cursor.at] == ']') ++cursor.at;  // $x['password'] has both
  if (named_in_quotes && cursor.more() && text[cursor.at] == ']') ++cursor.at;
  cursor.bold();  // **password**: x
  cursor.ends_emphasis(text.substr(0, name.begin));
  const size_t blanks = cursor.blanks();
  end_term(&cursor);
  size_t signs = 0;
  char sign = ':';
  if (starts_at(text, cursor.at, "\xef\xbc\x9a") && cursor.at + 3 <= cursor.limit) {   // a wide colon
    cursor.at += 3;
    ++signs;
  }
  while (cursor.more() && signs < 3 && one_of(text[cursor.at], signs == 0 ? "=:" : "=:>")) {
    sign = text[cursor.at++];
    ++signs;
  }
  if (signs == 0 && blanks != 0 && cursor.at + 2 < cursor.limit && starts_at(text, cursor.at, "is", true)) {  // "… is x1y"
    cursor.at += 2;
    if (text[cursor.at] == ':') ++cursor.at;
    start.found = start.told = cursor.blanks() != 0;
  } else if (signs == 0) {
    start.option = option_before(text, name) && blanks != 0 && !named_in_quotes;
    start.found = start.option;
    if (!start.option && blanks != 0 && !named_in_quotes) {
      read_bare(text, name, cursor, &start);
      if (start.at >= name.end + kBetweenMax) start.found = false;
      return start;
    }
  } else {
    start.found = true;
    cursor.bold();
    cursor.ends_emphasis(text.substr(0, name.begin));
    start.tight = cursor.blanks() + blanks == 0 || start.option;
    start.line = start.spoken = signs == 1 && !named_in_quotes && sign == ':' && below(&cursor);
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

/// A list of kinds, {"name":"Password","value":"password"}: no value.
bool names_kind(ByteView value) {
  return secret_name(value) != SecretName::none && value.find_first_of("0123456789") == ByteView::npos;
}

}  // namespace

size_t judge_value(Sight& sight, const Start& start, SecretName name) {
  const ByteView text = sight.text;
  const bool hold = sight.open && text.size() - start.at < kLongMin;
  Assigned value{start.at, start.at, false, start.tight, false, start.told, start.spoken};
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
      const size_t next = behind_blanks(text, value.end);
      if (hold && (next == text.size() || (next + 1 == text.size() && text[next] == '\\'))) {
        sight.hold(start.at);
        return start.at;
      }
    }
    if (start.tag && !starts_at(text, value.end, "</")) {  // <password> stands for one
      if (hold && text.size() - value.end < 2) sight.hold(start.at);
      return start.at;
    }
    if (start.line && (is_long || !is_line(text, start.at, value.end))) return start.at;
    value.sentence = !is_long && is_sentence(text, value.end);
    if (!is_long)
      while (value.end > start.at && ByteView(".,;:)").find(text[value.end - 1]) != ByteView::npos) --value.end;
  }
  if (start.paired && names_kind(text.substr(value.begin, value.end - value.begin))) return start.at;
  if (!holds_secret(text, value, name)) return start.at;
  if (is_long) value.end = goes_on(detector, text, value.end).end;
  sight.add(value.begin, value.end, detector, Evidence::near_word, is_long && sight.open && value.end == text.size());
  return is_long ? value.end - kLeftBytes : start.at;  // names further back in a long value have theirs within it
}

DetectorSet secret_by_field(ByteView field) { return set_of_kind(secret_name(field)); }

size_t find_assigned(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  const Name name = read_name(text, at);
  const size_t next = name.end > at ? name.end : at + 1;
  const ByteView written = text.substr(name.begin, name.end - name.begin);
  const SecretName kind = secret_name(written);
  if (!sight.wanted.any_of(set_of_kind(kind))) return next;
  Start start = read_start(text, name);
  if (!start.found || start.at >= text.size()) return next;
  start.spoken = start.spoken || may_be_other(written);
  const bool folder = one_of(text[start.at], "/~");
  if (folder && (same_word(written, "pwd") || same_word(written, "oldpwd")))
    return next;  // the working directory
  return std::max(next, judge_value(sight, start, kind));
}

/// CREATE USER bob IDENTIFIED BY 'x'
size_t find_identified(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  constexpr size_t kSize = 13, kBlanks = 8;   // "identified by"
  Cursor cursor{text, at + kSize, std::min(text.size(), at + kSize + kBlanks)};
  if (cursor.blanks() == 0 || cursor.at >= text.size()) return at + 1;
  if (starts_at(text, cursor.at, "password ", true)) cursor.at += 9, cursor.limit = std::min(text.size(), cursor.at + 1);
  Start start;
  start.tight = true;
  start.quoted = cursor.quote(&start.slashes, &start.mark);
  start.at = cursor.at;
  start.spoken = !start.quoted || text[at] == 'i' || text[at + 1] == 'd';
  return start.at < text.size() ? std::max(judge_value(sight, start, SecretName::password), at + 1) : at + 1;
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
  const Assigned value{begin, end, true, true, false, false, may_be_other(sight.field)};
  if (holds_secret(text, value, kind)) sight.add(begin, end, detector, Evidence::field_name);
}

}  // namespace gatehouse::detect
