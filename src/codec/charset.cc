#include "codec/charset.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace gatehouse::codec {
namespace {

constexpr size_t kCharacterMax = 4;   // bytes, in every charset here
constexpr size_t kSettleBytes = 4;    // recognise needs no more
constexpr size_t kSmallPiece = 128;   // bytes: below, asking first whether all is ASCII is the shorter way

bool same(ByteView text, ByteView name) {
  return std::equal(text.begin(), text.end(), name.begin(), name.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
}

std::optional<Recognised> mark_of(ByteView first) {
  using namespace std::string_view_literals;
  constexpr std::array<std::pair<ByteView, Charset>, 5> kMarks = {{
      {"\xff\xfe\0\0"sv, Charset::utf32le},   // before UTF-16's, which begins alike: UTF-16 text does not begin with NUL
      {"\0\0\xfe\xff"sv, Charset::utf32be},
      {"\xef\xbb\xbf"sv, Charset::utf8},
      {"\xff\xfe"sv, Charset::utf16le},
      {"\xfe\xff"sv, Charset::utf16be},
  }};
  for (const auto& [mark, charset] : kMarks)
    if (first.starts_with(mark)) return Recognised{charset, mark.size()};
  return std::nullopt;
}

Charset by_zeros(ByteView first) {
  if (first.size() < 2) return Charset::utf8;
  const auto zero = [&](size_t i) { return i < first.size() && first[i] == '\0'; };
  if (zero(0)) return zero(1) ? Charset::utf32be : Charset::utf16be;
  if (!zero(1)) return Charset::utf8;
  return zero(2) && zero(3) ? Charset::utf32le : Charset::utf16le;
}

bool agree(Charset declared, Charset mark) {
  if (declared == Charset::utf16) return mark == Charset::utf16le || mark == Charset::utf16be;
  if (declared == Charset::utf32) return mark == Charset::utf32le || mark == Charset::utf32be;
  return declared == mark;
}

bool marks_utf7(ByteView first) {
  return first.size() >= 4 && first.starts_with("+/v") && ByteView("89+/").find(first[3]) != ByteView::npos;
}

bool is_ascii(ByteView text) {
  uint8_t seen = 0;
  for (const char c : text) seen |= static_cast<uint8_t>(c);
  return seen < 0x80;
}

uint32_t unit16(Charset charset, const uint8_t* p) {
  return charset == Charset::utf16le ? static_cast<uint32_t>(p[0] | p[1] << 8) : static_cast<uint32_t>(p[0] << 8 | p[1]);
}

bool is_high(uint32_t unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low(uint32_t unit) { return unit >= 0xdc00 && unit < 0xe000; }

/// character_bytes is how long the character is that begins at p, as far as `known` (> 0) bytes of it tell.
size_t character_bytes(Charset charset, const uint8_t* p, size_t known) {
  switch (charset) {
    case Charset::ascii: return 1;
    case Charset::utf8: return *p < 0xc2 || *p > 0xf4 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;   // 1 when none begins so
    case Charset::utf16le:
    case Charset::utf16be: return known >= 2 && is_high(unit16(charset, p)) ? 4 : 2;
    case Charset::utf32le:
    case Charset::utf32be:
    case Charset::utf16:
    case Charset::utf32: return 4;
  }
  return 4;
}

/// put writes a whole character of UTF-16 or UTF-32 as UTF-8 and returns its length; 0 when it is none.
size_t put(Charset charset, const uint8_t* p, size_t bytes, char* out) {
  uint32_t code = 0;
  if (charset == Charset::utf16le || charset == Charset::utf16be) {
    code = unit16(charset, p);
    if (bytes == 4) {
      const uint32_t low = unit16(charset, p + 2);
      if (!is_low(low)) return 0;
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
  } else {
    for (size_t i = 0; i < 4; ++i) code = code << 8 | p[charset == Charset::utf32be ? i : 3 - i];
  }
  if (code > 0x10ffff || is_high(code) || is_low(code)) return 0;
  if (code < 0x80) {
    out[0] = static_cast<char>(code);
    return 1;
  }
  const size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  for (size_t i = size - 1; i > 0; --i, code >>= 6) out[i] = static_cast<char>(0x80 | (code & 0x3f));
  out[0] = static_cast<char>((0xf00 >> size) | code);   // c0, e0, f0
  return size;
}

/// without_broken_end cuts a character off that the end of `text` splits.
ByteView without_broken_end(ByteView text) {
  for (size_t back = 1; back < kCharacterMax && back <= text.size(); ++back) {
    const uint8_t* p = u8(text.data() + text.size() - back);
    if ((*p & 0xc0) == 0x80) continue;
    return character_bytes(Charset::utf8, p, back) > back ? text.substr(0, text.size() - back) : text;
  }
  return text;
}

/// may_begin says whether more bytes can make a character of these, of which there are not enough.
bool may_begin(Charset charset, ByteView bytes) {
  return charset != Charset::utf8 || std::all_of(bytes.begin() + 1, bytes.end(), [](char c) { return (c & 0xc0) == 0x80; });
}

/// move_bytes takes what needs no change: whole characters of UTF-8 or ASCII.
Progress move_bytes(Charset charset, ByteView in, ByteSpan out) {
  ByteView text = in.substr(0, out.size());
  if ((charset == Charset::utf8 && text.size() > kSmallPiece) || !is_ascii(text)) {
    if (charset == Charset::ascii) return {Status::malformed, 0, 0};
    text = without_broken_end(text);
    if (!is_utf8(text)) return {Status::malformed, 0, 0};
  }
  if (!text.empty()) std::memcpy(out.data(), text.data(), text.size());
  return {Status::ok, text.size(), text.size()};
}

Progress move_units(Charset charset, ByteView in, ByteSpan out) {
  Progress all;
  while (out.size() - all.produced >= kCharacterMax && all.consumed < in.size()) {
    const uint8_t* p = u8(in.data() + all.consumed);
    const size_t known = in.size() - all.consumed;
    const size_t bytes = character_bytes(charset, p, known);
    if (bytes > known) break;
    const size_t size = put(charset, p, bytes, out.data() + all.produced);
    if (size == 0) return {Status::malformed, all.consumed, all.produced};
    all.consumed += bytes;
    all.produced += size;
  }
  return all;
}

Progress move(Charset charset, ByteView in, ByteSpan out) {
  return charset == Charset::utf8 || charset == Charset::ascii ? move_bytes(charset, in, out) : move_units(charset, in, out);
}

}  // namespace

std::optional<Charset> charset_of(ByteView name) {
  constexpr std::array<std::pair<ByteView, Charset>, 10> kNames = {{
      {"utf-8", Charset::utf8}, {"utf8", Charset::utf8}, {"us-ascii", Charset::ascii}, {"ascii", Charset::ascii},
      {"utf-16", Charset::utf16}, {"utf-16le", Charset::utf16le}, {"utf-16be", Charset::utf16be},
      {"utf-32", Charset::utf32}, {"utf-32le", Charset::utf32le}, {"utf-32be", Charset::utf32be},
  }};
  for (const auto& [text, charset] : kNames)
    if (same(name, text)) return charset;
  return std::nullopt;
}

std::optional<Recognised> recognise(ByteView first, const Declared& declared) {
  const auto& said = declared.charset;
  if (first.empty()) return Recognised{Charset::utf8, 0};
  if (const auto mark = mark_of(first)) {
    const bool fits = said ? agree(*said, mark->charset) : declared.json || mark->charset == Charset::utf8;
    return fits ? mark : std::nullopt;
  }
  if (said && (*said == Charset::utf16 || *said == Charset::utf32)) return std::nullopt;
  if (said && *said != Charset::utf8 && *said != Charset::ascii) return Recognised{*said, 0};
  if (marks_utf7(first)) return std::nullopt;
  const Charset zeros = by_zeros(first);
  if (zeros == Charset::utf8) return Recognised{said.value_or(Charset::utf8), 0};
  if (said || !declared.json) return std::nullopt;
  return Recognised{zeros, 0};
}

bool is_utf8(ByteView text) { return simdjson::validate_utf8(text.data(), text.size()); }

void Transcoder::start(const Declared& declared) {
  declared_ = declared;
  charset_ = Charset::utf8;
  status_ = Status::ok;
  settled_ = false;
  held_bytes_ = 0;
}

bool Transcoder::settle() {
  const auto said = recognise({held_, held_bytes_}, declared_);
  settled_ = true;
  if (!said) {
    status_ = Status::malformed;
    return false;
  }
  charset_ = said->charset;
  if (charset_ == Charset::utf8 && declared_.keep_bom) return true;
  held_bytes_ -= said->bom_bytes;
  std::memmove(held_, held_ + said->bom_bytes, held_bytes_);
  return true;
}

/// emit_held lets whole held characters go: false when it cannot go on, for want of room or because one is none.
bool Transcoder::emit_held(ByteSpan out, Progress& progress) {
  while (held_bytes_ > 0 && character_bytes(charset_, u8(held_), held_bytes_) <= held_bytes_) {
    const ByteSpan room = out.subspan(progress.produced);
    if (room.size() < kCharacterMax) return false;
    const size_t bytes = character_bytes(charset_, u8(held_), held_bytes_);
    const Progress moved = move(charset_, {held_, bytes}, room);
    if (moved.status != Status::ok) {
      progress.status = status_ = moved.status;
      return false;
    }
    progress.produced += moved.produced;
    held_bytes_ -= bytes;
    std::memmove(held_, held_ + bytes, held_bytes_);
  }
  if (held_bytes_ == 0 || may_begin(charset_, {held_, held_bytes_})) return true;
  progress.status = status_ = Status::malformed;
  return false;
}

/// complete_held takes bytes until nothing is held: false when it cannot go on.
bool Transcoder::complete_held(ByteView in, ByteSpan out, Progress& progress) {
  while (emit_held(out, progress)) {
    if (held_bytes_ == 0) return true;
    if (progress.consumed == in.size()) return false;
    held_[held_bytes_++] = in[progress.consumed++];
  }
  return false;
}

Progress Transcoder::step(ByteView in, ByteSpan out) {
  Progress all{status_, 0, 0};
  if (status_ != Status::ok) return all;
  while (!settled_) {
    while (held_bytes_ < kSettleBytes && all.consumed < in.size()) held_[held_bytes_++] = in[all.consumed++];
    if (held_bytes_ < kSettleBytes) return all;
    if (!settle()) return {status_, all.consumed, 0};
  }
  if (!complete_held(in, out, all)) return all;
  const Progress moved = move(charset_, in.substr(all.consumed), out.subspan(all.produced));
  all = {moved.status, all.consumed + moved.consumed, all.produced + moved.produced};
  status_ = moved.status;
  if (status_ != Status::ok) return all;
  const ByteView left = in.substr(all.consumed);
  // The rest of a split character comes with the next step.
  if (!left.empty() && character_bytes(charset_, u8(left.data()), left.size()) > left.size()) {
    held_bytes_ = left.size();
    std::memcpy(held_, left.data(), left.size());
    all.consumed += left.size();
  }
  return all;
}

Progress Transcoder::finish(ByteSpan out) {
  Progress progress{status_, 0, 0};
  if (status_ != Status::ok) return progress;
  if (!settled_ && !settle()) return {status_, 0, 0};
  if (!emit_held(out, progress)) return progress;
  progress.status = held_bytes_ == 0 ? Status::done : Status::truncated;
  return progress;
}

Status transcode_whole(ByteView in, const Declared& declared, Room<char>& out) {
  out.clear();
  out.resize(in.size() + in.size() / 2 + kTranscoderRoom + kSimdPadding);
  Transcoder transcoder;
  transcoder.start(declared);
  const ByteSpan room{out.data(), out.size()};
  const Progress step = transcoder.step(in, room);
  GH_ASSERT(step.status != Status::ok || step.consumed == in.size());
  const Progress end = transcoder.finish(room.subspan(step.produced));
  if (end.status != Status::done) {
    out.clear();
    return end.status;
  }
  out.resize(step.produced + end.produced);
  std::memset(out.end(), 0, kSimdPadding);   // within capacity: resize never shrinks it
  return Status::done;
}

}  // namespace gatehouse::codec
