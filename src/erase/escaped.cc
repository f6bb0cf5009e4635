#include "erase/escaped.h"

#include <algorithm>

#include "base/byte_set.h"
#include "base/processor.h"
#include "erase/words.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace gatehouse::erase {
namespace {

constexpr size_t kAround = 224;       // bytes before and behind an escape that are looked at with it
constexpr auto kQuietMax = static_cast<ptrdiff_t>(kAround);
constexpr size_t kRunMax = 8;         // backslashes of one escape: strings in strings
constexpr size_t kEntityMax = 12;     // "&#x0000022;"
constexpr ByteView kCdata = "<![CDATA[", kCdataEnd = "]]>";

/// Sign is an escape: so many bytes, and what they stand for.
struct Sign {
  enum class Kind : uint8_t { none, cut, sign, opens, closes } kind = Kind::none;   // cut: it may go on behind the text
  uint8_t size = 0;
  uint8_t slashes = 0;   // before the byte that it stands for
  char c = '\0';
};

struct Entity {
  ByteView name;
  char c;
  bool bare = true;   // HTML has it without the semicolon, too
};
constexpr Entity kEntities[] = {{"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\'', false},
                                {"LT", '<'}, {"GT", '>'}, {"QUOT", '"'}};

bool is_plain(int code) { return code > ' ' && code < 0x7f && code != '\\'; }

/// number_of reads "#39;" or "#x27;". Browsers want no semicolon.
Sign number_of(ByteView behind, bool last) {
  const bool hex = behind.size() > 1 && (behind[1] | 0x20) == 'x';
  int code = 0;
  for (size_t at = hex ? 2 : 1; at < kEntityMax; ++at) {
    if (at >= behind.size() && !last) return {.kind = Sign::Kind::cut};
    const char c = at < behind.size() ? behind[at] : ' ';   // what ends, ends it
    const int digit = hex ? hex_value(c) : is_digit(c) ? c - '0' : -1;
    if (digit < 0 && !is_plain(code)) break;
    const size_t size = at + (c == ';' ? 2 : 1);
    if (digit < 0) return {.kind = Sign::Kind::sign, .size = static_cast<uint8_t>(size), .c = static_cast<char>(code)};
    code = std::min(code * (hex ? 16 : 10) + digit, 0x100);
  }
  return {};
}

/// entity_of reads what stands behind an '&'. One of an '&' is one where it begins another.
Sign entity_of(ByteView behind, bool last, bool nested = true) {
  if (behind.empty()) return {.kind = Sign::Kind::cut};
  if (behind.front() == '#') return number_of(behind, last);
  for (const Entity& each : kEntities) {
    const ByteView name = each.name;
    if (!behind.starts_with(name)) {
      if (name.starts_with(behind)) return {.kind = Sign::Kind::cut};
      continue;
    }
    if (behind.size() == name.size() && !last) return {.kind = Sign::Kind::cut};
    const bool semicolon = behind.substr(name.size()).starts_with(';');
    const size_t size = name.size() + (semicolon ? 2 : 1);
    if (semicolon || each.bare) return {.kind = Sign::Kind::sign, .size = static_cast<uint8_t>(size), .c = each.c};
  }
  constexpr ByteView kAmp = "amp;";
  const ByteView here = behind.substr(0, kAmp.size());
  if (here.size() == behind.size() && kAmp.starts_with(here)) return {.kind = Sign::Kind::cut};
  if (here != kAmp || !nested) return {};
  ByteView inner = behind.substr(kAmp.size());
  if (inner.starts_with(kAmp)) inner.remove_prefix(kAmp.size());
  Sign sign = entity_of(inner, last, false);
  if (sign.kind == Sign::Kind::sign) sign.size = kAmp.size() + 1, sign.c = '&';
  return sign;
}

/// slashes_of: how many backslashes before a quote say what `run` of them say before its number: \u0022 is \", \\u0022 is \\\".
uint8_t slashes_of(size_t run) { return static_cast<uint8_t>(run == 2 ? 3 : run == 4 ? 7 : run); }

bool is_octal(char c) { return c >= '0' && c <= '7'; }

/// Spelling is how a number is written behind backslashes: so many bytes before it, and digits.
struct Spelling {
  size_t begin = 0, least = 0, most = 0;
  bool octal = false, braces = false;
};

/// spelling_of tells u003c, u{3c}, x3c and 074 by how they begin; `most` is 0 where none does.
Spelling spelling_of(ByteView text) {
  if (is_octal(text.front())) return {.begin = 0, .least = 2, .most = 3, .octal = true};
  if (text.front() == 'x') return {.begin = 1, .least = 2, .most = 2};
  if (text.front() != 'u') return {};
  if (text.size() > 1 && text[1] == '{') return {.begin = 2, .least = 1, .most = 6, .braces = true};
  return {.begin = 1, .least = 4, .most = 4};
}

/// backslash_of reads \u003c, \u{3c}, \x3c and \074, behind any number of backslashes that strings within strings have.
Sign backslash_of(ByteView text, bool last) {
  const size_t run = std::min(text.find_first_not_of('\\'), text.size());
  if (run == text.size()) return run <= kRunMax ? Sign{.kind = Sign::Kind::cut} : Sign{};
  const Spelling is = spelling_of(text.substr(run));
  if (is.most == 0 || run > kRunMax) return {};
  const size_t first = run + is.begin;
  size_t at = first;
  int code = 0;
  for (; at < first + is.most; ++at) {
    if (at >= text.size() && !last) return {.kind = Sign::Kind::cut};
    if (at >= text.size()) break;
    const int digit = !is.octal ? hex_value(text[at]) : is_octal(text[at]) ? text[at] - '0' : -1;
    if (digit < 0 || (is.octal && code * 8 + digit > 0x7f)) break;
    code = is.octal ? code * 8 + digit : code << 4 | digit;
  }
  if (at < first + is.least) return {};
  if (is.braces && at == text.size()) return {.kind = Sign::Kind::cut};
  if (is.braces && text[at++] != '}') return {};
  if (is.octal && (is_word(static_cast<char>(code)) || (code < ' ' && at < first + is.most))) return {};   // a path, more likely
  const auto size = static_cast<uint8_t>(at);
  if (code == '\n' || code == '\r' || code == '\t') return {Sign::Kind::sign, size, slashes_of(run), code == '\t' ? 't' : 'n'};
  if (!is_plain(code)) return {};
  return {Sign::Kind::sign, size, code == '"' ? slashes_of(run) : uint8_t{0}, static_cast<char>(code)};
}

Sign marker_of(ByteView text, ByteView marker, Sign::Kind kind) {
  const ByteView here = text.substr(0, marker.size());
  if (here == marker) return {.kind = kind, .size = static_cast<uint8_t>(marker.size())};
  return here.size() == text.size() && marker.starts_with(here) ? Sign{.kind = Sign::Kind::cut} : Sign{};
}

/// sign_of reads the escape that begins the text, if one does; `last`: what may go on behind the text does not.
Sign sign_of(ByteView text, bool cdata, bool last) {
  switch (text.front()) {
    case '&': return entity_of(text.substr(1), last);
    case '\\': return backslash_of(text, last);
    case '<': return marker_of(text, kCdata, Sign::Kind::opens);
    case ']': return cdata ? marker_of(text, kCdataEnd, Sign::Kind::closes) : Sign{};
    default: return {};
  }
}

constexpr ByteSet kSigns("&\\<]");   // what escapes begin with

/// plain_run is how many bytes the text has before the first that an escape may begin with.
size_t plain_run(ByteView text) {
  size_t size = 0;
  while (size < text.size() && !kSigns.has(text[size])) ++size;
  return size;
}

/// may_begin: whether an escape may begin with these two bytes.
bool may_begin(char c, char next) {
  return c == '&' || (c == '\\' && (next == 'u' || next == 'x' || is_octal(next))) || (c == '<' && next == '!');
}

// Both are where the first byte stands that may begin an escape, or be its last backslash; the last byte is none.
size_t first_sign_plain(ByteView text, size_t from) {
  size_t at = from;
  while (at + 1 < text.size() && !may_begin(text[at], text[at + 1])) ++at;
  return at + 1 < text.size() ? at : ByteView::npos;
}

#if defined(__x86_64__)

/// marked tells '&', '\\' and '!' in 32 bytes: by its last four bits each is told from the others; what is no ASCII becomes zero.
__attribute__((target("avx2"))) __m256i marked(const char* text) {
  const __m256i marks = _mm256_broadcastsi128_si256(_mm_setr_epi8(-1, '!', 0, 0, 0, 0, '&', 0, 0, 0, 0, 0, '\\', 0, 0, 0));
  const __m256i here = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(marks, here), here);
}

__attribute__((target("avx2"))) size_t first_sign_avx2(ByteView text, size_t from) {
  constexpr size_t kStep = 2 * sizeof(__m256i);
  const size_t begin = from;
  for (; text.size() - from > kStep; from += kStep) {
    const __m256i first = marked(text.data() + from), second = marked(text.data() + from + sizeof(__m256i));
    if (_mm256_testz_si256(_mm256_or_si256(first, second), _mm256_set1_epi8(-1)) != 0) continue;   // most often
    uint64_t bits = static_cast<uint32_t>(_mm256_movemask_epi8(first)) |
                    uint64_t{static_cast<uint32_t>(_mm256_movemask_epi8(second))} << sizeof(__m256i);
    for (; bits != 0; bits &= bits - 1) {
      const size_t at = from + static_cast<size_t>(__builtin_ctzll(bits));
      if (text[at] != '!' && may_begin(text[at], text[at + 1])) return at;
      if (text[at] == '!' && at > begin && text[at - 1] == '<') return at - 1;
    }
  }
  return first_sign_plain(text, from > begin ? from - 1 : from);   // a '<' may be the last that was passed
}

const auto first_sign = processor::has_avx2() ? first_sign_avx2 : first_sign_plain;

#else

const auto first_sign = first_sign_plain;

#endif

/// begins_at goes back over the backslashes of an escape that are of it.
size_t begins_at(ByteView text, size_t from, size_t sign) {
  while (text[sign] == '\\' && sign > from && text[sign - 1] == '\\') --sign;
  return sign;
}

/// cut_at is where what may begin an escape stands at the text's end; its size where nothing does.
size_t cut_at(ByteView text, size_t from) {
  size_t end = text.size();
  while (end > from && text.size() - end < kRunMax && text[end - 1] == '\\') --end;
  if (end != text.size()) return end > from && text[end - 1] == '\\' ? text.size() : end;
  return end > from && one_of(text[end - 1], "&<") ? end - 1 : end;
}

}  // namespace

bool may_be_escaped(ByteView piece) {
  return first_sign(piece, 0) != ByteView::npos || cut_at(piece, 0) != piece.size();
}

void Eraser::Escaped::start(const ErasePlan* plan, BodyForm form, ByteView boundary, unsigned depth) {
  plan_ = plan;
  form_ = form == BodyForm::parts ? form : BodyForm::text;
  depth_ = depth;
  boundary_ = boundary;
  open_ = cdata_ = false;
  cut_.clear();
}

void Eraser::Escaped::release() {
  decoded_.release();
  text_.release();
  if (joint_.capacity() > kTailBytes) std::string().swap(joint_);
}

/// begin looks for the next escape, and begins to look at the text with it, as what stands before may name what stands behind.
/// False where none is left; *at is then where one may begin that goes on in the next piece.
bool Eraser::Escaped::begin(ByteView text, size_t from, bool last, size_t* at) {
  for (size_t next = from; next < text.size();) {
    const size_t sign = first_sign(text, next);
    const size_t begins = sign == ByteView::npos ? cut_at(text, next) : begins_at(text, next, sign);
    if (begins == text.size()) break;
    const Sign is = sign_of(text.substr(begins), false, last);
    if (is.kind == Sign::Kind::cut && !last) return *at = begins, false;
    next = (sign == ByteView::npos ? begins : sign) + 1;
    if (is.kind == Sign::Kind::none || is.kind == Sign::Kind::cut) continue;
    const size_t here = std::min(begins, kAround), past = std::min(past_.size(), kAround - here);
    text_.start(plan_, form_, boundary_, depth_ + 1);
    if (begins > here || past_.size() > past) text_.find("~");   // so that no name begins where it is cut
    text_.find(past_.substr(past_.size() - past));
    open_ = true;
    cdata_ = false;
    quiet_ = -static_cast<ptrdiff_t>(here);
    return *at = begins - here, true;
  }
  return *at = text.size(), false;
}

/// is_idle: nothing is open that what follows could end.
bool Eraser::Escaped::is_idle() const {
  return text_.state_ == State::seek && text_.element_.left == 0 && !text_.label_.open && text_.pair_.left == 0;
}

/// decode fills decoded_ from text[from] on, up to kAround bytes behind the last escape, and returns how far it came; what is left
/// where a piece ends may begin an escape.
size_t Eraser::Escaped::decode(ByteView text, size_t from, bool last) {
  const auto place = [this](size_t at) { return static_cast<uint32_t>(at - std::min(at, before_)); };
  const auto stands = [this, &place](size_t at) { decoded_.stands(place(at)); };
  decoded_.clear();
  stands(from);
  size_t at = from;
  while (at < text.size() && quiet_ < kQuietMax) {
    const size_t plain = plain_run(text.substr(at, static_cast<size_t>(kQuietMax - quiet_)));
    if (plain != 0 && at > before_) {   // most often
      decoded_.add(text.substr(at, plain));
      at += plain;
      quiet_ += static_cast<ptrdiff_t>(plain);
      continue;
    }
    const char c = text[at];
    Sign sign;
    if (kSigns.has(c)) sign = sign_of(text.substr(at), cdata_, last);
    if (sign.kind == Sign::Kind::cut && !last) break;
    if (sign.kind == Sign::Kind::none || sign.kind == Sign::Kind::cut) {
      const size_t run = c == '\\' ? std::min(text.find_first_not_of('\\', at), text.size()) - at : 1;   // all at once
      for (const size_t end = at + run; at < end; ++at) {
        if (at <= before_) stands(at);
        decoded_.add(cdata_ && c == '<' ? ' ' : c);   // no tag begins there
      }
      quiet_ += static_cast<ptrdiff_t>(run);
      continue;
    }
    if (sign.kind != Sign::Kind::sign) cdata_ = sign.kind == Sign::Kind::opens;
    for (size_t i = 0; i < sign.slashes; ++i) stands(at), decoded_.add('\\');
    if (sign.kind == Sign::Kind::sign) stands(at), decoded_.add(sign.c);
    const size_t begins = at;
    at += sign.size;
    decoded_.stands(place(at), place(sign.kind == Sign::Kind::sign ? at : begins));
    quiet_ = 0;
  }
  decoded_.ends(place(at));
  return at;
}

/// look looks at the text around escapes, up to its end or what may begin one there.
void Eraser::Escaped::look(ByteView text, bool last, size_t* at, std::vector<Erased>* out) {
  while (*at < text.size()) {
    if (!open_ && !begin(text, *at, last, at)) return;
    const size_t end = decode(text, *at, last);
    *at = end;
    text_.piece_ends_ = quiet_ < kQuietMax;
    decoded_.report(text_.find(decoded_.text(), last && end == text.size()), true, out);
    if (quiet_ < kQuietMax) return;
    open_ = !is_idle();
    quiet_ = 0;
  }
}

void Eraser::Escaped::find(ByteView piece, ByteView before, bool last, std::vector<Erased>* out) {
  before_ = cut_.size();
  past_ = before.substr(0, before.size() - std::min(before.size(), before_));
  if (before_ != 0) joint_.assign(cut_).append(piece);
  const ByteView text = before_ != 0 ? ByteView(joint_) : piece;
  const size_t own = out->size();
  size_t at = 0;
  look(text, last, &at, out);
  cut_ = text.substr(at);
  const size_t from = at - std::min(at, before_);
  const bool element = text_.element_.left != 0;
  const std::string& name = element ? text_.element_.name : text_.name_;
  // An escape that the end of the piece cuts is what it is cut out of.
  if (open_ && from < piece.size() && !name.empty() && (element || text_.state_ != State::seek))
    out->push_back({static_cast<uint32_t>(from), static_cast<uint32_t>(piece.size()), false, true, name});
  if (own != out->size()) in_order(out);
}

}  // namespace gatehouse::erase
