// Values behind names without quotes: a query's parameter, a part of a connection string, a line of settings.
#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "erase/words.h"
#include "http/query.h"

namespace gatehouse::erase {
namespace {

constexpr size_t kSpacesMax = 32;    // around a name
constexpr size_t kNameMax = 64;
constexpr size_t kWordMax = 64;      // of a word before a name
constexpr uint64_t kTripleMax = 16 * 1024;   // of a text between three quotes
constexpr size_t kDigitsMin = 4;     // of a number in a line that is a password
constexpr ByteView kExport = "export";   // of a shell's variable

/// What is a secret wherever it is assigned.
constexpr ByteView kAlways[] = {"accountkey", "sharedaccesskey", "x-amz-signature", "x-amz-credential", "x-amz-security-token",
                                "x-goog-signature", "x-goog-credential"};

struct Spelled {
  ByteView text;
  char c;
};
/// What a name may stand behind as an escape of JSON, and of a URL.
constexpr Spelled kEscapes[] = {{"u0026", '&'}, {"u003f", '?'}, {"u003b", ';'}, {"u0022", '"'},
                                {"u0027", '\''}, {"n", '\n'}, {"r", '\n'}, {"t", '\n'}};
constexpr Spelled kPercents[] = {{"3f", '?'}, {"26", '&'}, {"3b", ';'}, {"22", '"'},
                                 {"27", '\''}, {"2c", ','}, {"23", '#'}, {"0a", '\n'}};

bool is_always(ByteView name) {
  return std::any_of(std::begin(kAlways), std::end(kAlways), [name](ByteView one) { return same_word(name, one); });
}

/// take_escape takes an escape off the name's front and returns the byte it stands for; zero when there is none.
template <size_t count>
char take_escape(ByteView* name, const Spelled (&escapes)[count]) {
  for (const Spelled& each : escapes) {
    if (name->size() <= each.text.size() || !same_word(name->substr(0, each.text.size()), each.text)) continue;
    name->remove_prefix(each.text.size());
    return each.c;
  }
  return '\0';
}

/// says_nothing: words that stand for no secret, and calls in a program.
bool says_nothing(ByteView word) {
  if (word.ends_with(';')) word.remove_suffix(1);
  const size_t open = word.find('(');
  if (open != ByteView::npos && open > 0 && kAssignedBytes.has(word[open - 1]) && word.ends_with(')')) return true;
  constexpr ByteView kWords[] = {"null", "true", "false", "none", "yes", "no", "~"};
  return std::any_of(std::begin(kWords), std::end(kWords), [word](ByteView one) { return same_word(word, one); });
}

}  // namespace

bool names_signature(ByteView name) { return same_word(name, "sig") || same_word(name, "signature"); }

/// in_list: whether what stands before a name is what opens a list, or another one in it: (, {, or a comma.
bool Eraser::in_list(size_t mark, size_t back) const {
  for (const size_t most = back + kSpacesMax; back < most && is_gap(at(mark, back));) ++back;
  return one_of(at(mark, back), "({,");
}

/// stands says how what stands before a name sets it apart; `back` bytes before `mark` is where that is.
Eraser::Apart Eraser::stands(size_t mark, size_t back, char before, ByteView name) const {
  if (before == '?' || before == '&' || before == '#') return Apart::query;
  if (before == ';') {
    constexpr ByteView kReversed = "pma&";   // of an entity
    size_t fits = 0;
    while (fits < kReversed.size() && at(mark, back + 1 + fits) == kReversed[fits]) ++fits;
    return fits == kReversed.size() ? Apart::query : Apart::list;
  }
  if (before == ',') return Apart::comma;
  if (before == '"' || before == '\'') return Apart::quote;
  if (before == '\n' || before == '\r') return Apart::line;
  if (before != ' ' && before != '\t') return Apart::none;
  size_t spaces = 1;
  while (spaces < kSpacesMax && is_gap(at(mark, back + spaces))) ++spaces;
  size_t last = back + spaces;
  const auto begins_line = [this, mark](size_t place) {
    return at(mark, place) == '\n' || at(mark, place) == '\r' || place > mark + tail_.size() ||
           (one_of(at(mark, place), "nrt") && at(mark, place + 1) == '\\');
  };
  if (at(mark, last) == ';') return Apart::list;
  if (begins_line(last)) return Apart::line;
  if (one_of(at(mark, last), "-><")) {   // of a list; of a client's log
    size_t dash = last + 1;
    while (dash < last + kSpacesMax && is_gap(at(mark, dash))) ++dash;
    if (begins_line(dash)) return Apart::line;
  }
  size_t shell = 0;
  while (shell < kExport.size() && at(mark, last + shell) == kExport[kExport.size() - 1 - shell]) ++shell;
  if (shell == kExport.size() && begins_line(last + shell)) return Apart::line;
  if (name.starts_with("--")) return Apart::word;
  if (one_of(at(mark, last), ",(;{[")) return Apart::none;
  for (const size_t most = last + kWordMax; last < most && at(mark, last) > ' '; ++last)
    if (one_of(at(mark, last), "=<")) return Apart::word;   // one of several: host=h password=p, <db password='p'
  return Apart::none;
}

/// assigned: whether what stands behind this mark is a secret by the name before it, or `name = value` in a line.
bool Eraser::assigned(size_t mark) {
  size_t back = 1;
  word_ = {};
  if (lower(at(mark, 0)) == 'd') {   // behind a '3'
    word_.percent = at(mark, 2) == '%';
    const bool json = at(mark, 2) == '0' && at(mark, 3) == '0' && at(mark, 4) == 'u' && at(mark, 5) == '\\';
    if (!json && !word_.percent) return false;
    back = word_.percent ? 3 : 6;
    while (json && back < kSpacesMax && at(mark, back) == '\\') ++back;
  }
  const bool colon = at(mark, 0) == ':';
  const size_t first = back;
  while (back - first < kSpacesMax && is_gap(at(mark, back))) ++back;
  const bool spaced = back != first;
  const bool key = colon && at(mark, back) == '\'';   // of a literal
  if (key) ++back;
  while (key && back - first < kSpacesMax && at(mark, back) == '\\') ++back;
  if (plan_ == nullptr || !plan_->has_names()) {
    const char last = at(mark, back), last_but_one = at(mark, back + 1);
    if (!kAssignedBytes.has(last) || !kAssignedBytes.has(last_but_one)) return false;
    if (!kNameEnds.has(at(mark, back + 2), last_but_one, last)) return false;
  }
  char text[kNameMax];
  size_t size = 0;
  for (; size < sizeof text && kAssignedBytes.has(at(mark, back + size)); ++size) text[size] = at(mark, back + size);
  if (size == 0 || size == sizeof text) return false;
  std::reverse(text, text + size);
  ByteView name(text, size);
  back += size;
  char before = at(mark, back);
  if (before == '\\') before = take_escape(&name, kEscapes);
  else if (before == '%') before = take_escape(&name, kPercents);
  else if (back > mark + tail_.size()) before = '\n';   // the body begins here
  const ByteView bare = name.substr(std::min(name.find_first_not_of('-'), name.size()));
  Named is = named_secret(plan_, bare);
  if (is == Named::none && !one_of(before, "?&#;")) return false;   // no query's
  Apart apart = stands(mark, back, before, name);
  name = bare;
  if (colon && apart == Apart::quote) apart = Apart::line;
  if (apart == Apart::none && !colon && !spaced && is_always(name)) apart = Apart::list;
  const bool loose = apart != Apart::line && (colon || spaced);
  if (key) {
    if (before != '\'') return false;
    word_.shape = Shape::literal;
  } else if (apart == Apart::none || loose) {
    if (colon && names_credentials(name)) word_.shape = Shape::sentence;
    else if (in_list(mark, back)) word_.shape = Shape::literal;
    else return false;
  }
  if (is == Named::none && apart == Apart::query && http::names_credential(name)) is = Named::key;
  if (is == Named::none) return false;
  name_ = name;
  numbers_ = is == Named::password;
  word_.apart = word_.shape == Shape::any ? apart : Apart::word;
  word_.colon = colon;
  if (colon && apart == Apart::line && word_.shape == Shape::any) {
    if (names_credentials(name)) word_.shape = Shape::credentials;
    if (names_cookie(name)) word_.shape = Shape::cookie;
    word_.column = before == ' ' ? column(mark, back) : 0;
  }
  word_.scheme = word_.shape == Shape::sentence || word_.shape == Shape::credentials;
  numbers_ = numbers_ || word_.scheme;
  word_.outer = !key && (before == '"' || before == '\'') ? before : '\0';
  while (word_.outer_slashes < kSpacesMax && at(mark, back + 1 + word_.outer_slashes) == '\\') ++word_.outer_slashes;
  line_.clear();
  state_ = State::word;
  slashes_ = 0;
  begun_ = false;
  return true;
}

/// stops: whether this byte ends a value without quotes.
bool Eraser::stops(char c) const {
  if ((c >= 0 && c <= ' ') || c == '"' || c == word_.outer) return true;
  if (word_.apart != Apart::line && (c == '\'' || c == '`')) return true;
  switch (word_.apart) {
    case Apart::query: return one_of(c, "&#;<>");
    case Apart::comma: return c == ',';
    case Apart::list:
    case Apart::quote: return c == ';';
    case Apart::none:
    case Apart::line:
    case Apart::word: break;
  }
  return false;
}

/// only_word: whether the value in a line is one word, with nothing but a comment behind it, as far as the piece goes.
bool Eraser::only_word(ByteView rest) const {
  if (one_of(rest.front(), "${[|>&*!<(%,;:")) return false;   // a list, a text of lines, a variable, a tag
  const auto line_ends = [rest](size_t place) {
    return rest[place] == '\\' && (place + 1 == rest.size() || one_of(rest[place + 1], "nrt\"'\\"));
  };
  size_t end = 0;
  while (end < rest.size() && !stops(rest[end]) && !line_ends(end)) ++end;
  const ByteView word = rest.substr(0, end);
  if (end == rest.size() && !last_) return true;
  if (word_.shape == Shape::credentials && word.ends_with(',')) return true;   // parameters
  if (says_nothing(word)) return false;
  if (std::all_of(word.begin(), word.end(), is_digit) && (!numbers_ || word.size() < kDigitsMin)) return false;
  while (end < rest.size() && is_gap(rest[end])) ++end;
  return end == rest.size() || one_of(rest[end], "\r\n#\"") || rest[end] == word_.outer || line_ends(end);
}

/// begins_value: whether what stands here without quotes is a value of this shape, as far as the piece goes.
bool Eraser::begins_value(ByteView rest) const {
  switch (word_.shape) {
    case Shape::any: return word_.apart != Apart::line || only_word(rest);
    case Shape::credentials: return only_word(rest);
    case Shape::sentence: return is_long(rest);
    case Shape::cookie: return is_cookie(rest);
    case Shape::literal: break;
  }
  return false;
}

/// word is a value, from what stands before it on.
size_t Eraser::word(ByteView piece, size_t from) {
  size_t at = from;
  if (!word_.begun) {
    if (word_.scheme && !line_.empty()) return scheme(piece, at);
    const bool gaps = word_.apart == Apart::line || word_.shape != Shape::any;
    for (; at < piece.size(); ++at) {
      if (piece[at] == '\\') ++slashes_;
      else if (const size_t letters = prefix(piece, at); letters != 0) {
        if (piece.find_first_not_of('\\', at + letters) == ByteView::npos) found(at, at + letters, false);   // or the value
        word_.letters = static_cast<uint8_t>(word_.letters + letters);
        at += letters - 1;
      }
      else if (!gaps || slashes_ != 0 || word_.letters != 0 || !is_gap(piece[at])) break;
    }
    if (at == piece.size()) return at;
    const char c = piece[at];
    if (word_.scheme && slashes_ == 0 && kAssignedBytes.has(c)) return scheme(piece, at);
    const uint64_t slashes = std::exchange(slashes_, 0);
    state_ = State::seek;
    begun_ = false;
    const bool lines = form_ != BodyForm::json && (word_.apart == Apart::line || word_.apart == Apart::word);
    const bool quotes = c == '\'' || (c == '"' && (slashes != 0 || lines));
    const bool closing = c == word_.outer && slashes == word_.outer_slashes;
    if (quotes && !closing) word_.quote = c;
    else if (c == '{' && word_.apart == Apart::list) word_.quote = '}';
    else if (stops(c) || c == '=' || (slashes != 0 && one_of(c, "nrtu"))) return at;
    else if (begins_block(c, slashes)) return state_ = State::block, at + 1;
    else if (!begins_value(piece.substr(at))) return at;
    state_ = State::word;
    word_.scheme = false;
    word_.begun = true;
    word_.slashes = slashes;
    if (word_.quote != '\0') ++at;
    else at -= std::min<uint64_t>(slashes, at - from);
    word_.opened = one_of(word_.quote, "\"'") ? 1 : 0;
  }
  if (word_.opened == 1 || word_.opened == 2) at = opening(piece, at);
  if (state_ != State::word || at == piece.size()) return at;
  if (word_.opened == 3) return tripled(piece, at);
  return word_.quote != '\0' ? quoted(piece, at) : unquoted(piece, at);
}

/// passes_slash counts a backslash; of any other byte *before is how many stood right before it.
bool Eraser::passes_slash(char c, uint64_t* before) {
  if (c == '\\') return ++slashes_ != 0;
  *before = std::exchange(slashes_, 0);
  return false;
}

/// prefix is how many letters say what literal of Python begins here: b'…', rb"…", f'…'. Where the end of a piece cuts
/// them nobody knows.
size_t Eraser::prefix(ByteView piece, size_t from) const {
  size_t end = from;
  while (end < piece.size() && end - from + word_.letters < 2 && one_of(piece[end], "bBrRuUfFtT")) ++end;
  if (end == from || word_.scheme || slashes_ != 0) return 0;
  const size_t behind = std::min(piece.find_first_not_of('\\', end), piece.size());
  return behind == piece.size() ? (last_ ? 0 : end - from) : one_of(piece[behind], "\"'") ? end - from : 0;
}

/// opening reads on behind the first quote: three of them begin a text of lines, two are an empty one.
size_t Eraser::opening(ByteView piece, size_t from) {
  for (size_t at = from; at < piece.size(); ++at) {
    uint64_t before = 0;
    if (passes_slash(piece[at], &before)) continue;
    if (piece[at] == word_.quote && before == word_.slashes) {
      if (++word_.opened < 3) continue;
      spent_ = 0;
      return at + 1;
    }
    const bool empty = std::exchange(word_.opened, uint8_t{0}) == 2;
    if (empty) return state_ = State::seek, at;
    const uint64_t here = std::min<uint64_t>(before, at - from);   // backslashes are the value's
    slashes_ = before - here;
    return at - here;
  }
  if (word_.opened == 1) found(piece.size() - std::min<uint64_t>(slashes_, piece.size() - from), piece.size(), false);
  return piece.size();
}

/// tripled goes to the next three quotes, over lines too, but not for ever, nor beyond the string that it stands in.
size_t Eraser::tripled(ByteView piece, size_t from) {
  for (size_t at = from; at < piece.size(); ++at) {
    uint64_t before = 0;
    const bool far = ++spent_ > kTripleMax;
    if (!far && passes_slash(piece[at], &before)) continue;
    const bool over = far || (piece[at] == '"' && before < word_.slashes);
    word_.closing = piece[at] == word_.quote && before == word_.slashes ? word_.closing + 1 : 0;
    if (!over && word_.closing < 3) continue;
    const uint64_t size = over ? before : 3 * (word_.slashes + 1) - 1;   // may have begun in a piece before
    found(from, at - std::min<uint64_t>(size, at - from), false);
    state_ = State::seek;
    return over ? at : at + 1;
  }
  found(from, piece.size(), false);
  return piece.size();
}

size_t Eraser::quoted(ByteView piece, size_t from) {
  for (size_t at = from; at < piece.size(); ++at) {
    const char c = piece[at];
    const uint64_t before = c == '\\' ? 0 : std::exchange(slashes_, 0);
    if (c == '\\') ++slashes_;
    const bool closing = c == word_.quote && before <= word_.slashes;
    if (!closing && c != '\n' && c != '\r' && (c != '"' || before > word_.slashes)) continue;
    found(from, at - std::min<uint64_t>(before, at - from), false);
    state_ = State::seek;
    return closing ? at + 1 : at;
  }
  found(from, piece.size(), false);
  return piece.size();
}

/// escape_ends: how long the escape is, of a URL or of JSON, that ends with this byte and stands for one that ends the value; zero
/// when there is none. It may have begun in a piece before.
size_t Eraser::escape_ends(size_t place) const {
  if (!is_hex(at(place, 0))) return 0;
  const auto byte_of = [this, place](size_t digits) {
    int code = 0;
    for (size_t back = digits; back-- > 0;) {
      const int value = hex_value(at(place, back));
      if (value < 0) return '\0';
      code = code << 4 | value;
    }
    return code < 0x80 ? static_cast<char>(code) : '\0';
  };
  char c = '\0';
  size_t size = 0;
  if (word_.percent && at(place, 2) == '%') c = byte_of(2), size = 3;
  if (at(place, 4) == 'u' && at(place, 5) == '\\') c = byte_of(4), size = 6;
  while (size > 3 && size < kSpacesMax && at(place, size) == '\\') ++size;
  return c != '\0' && stops(c) ? size : 0;
}

size_t Eraser::unquoted(ByteView piece, size_t from) {
  for (size_t at = from; at < piece.size(); ++at) {
    const char c = piece[at];
    uint64_t before = 0;
    if (passes_slash(c, &before) || in_quotes(at, before)) continue;
    const bool escape = before != 0 && one_of(c, "\"'nrt");
    const size_t ends = escape ? before : escape_ends(at);
    if (!escape && ends == 0 && (!stops(c) || joined(at))) continue;
    const size_t end = escape || ends == 0 ? at : at + 1;
    found(from, end - std::min<uint64_t>(ends, end - from), false);
    state_ = State::seek;
    return end;
  }
  found(from, piece.size(), false);
  return piece.size();
}

}  // namespace gatehouse::erase
