#include "mask/copies.h"

#include <algorithm>
#include <cstring>

#include "base/limits.h"
#include "codec/charset.h"
#include "codec/decoder.h"
#include "codec/encoder.h"

namespace gatehouse::mask {
namespace {

using codec::Form;

constexpr size_t kLayersMax = 3;   // compressed in compressed
constexpr size_t kDeflateLeast = 24, kTextsLeast = 24;   // bytes

/// What an unpacked copy may be: text in UTF-8; text in another charset, which can only be dropped; compressed; what shows text to
/// people and none to us; anything else.
enum class Sort : uint8_t { text, wide, narrow, packed, page, other };

Sort sort_of(ByteView bytes, Form form) {
  switch (form) {
    case Form::gzip:
    case Form::zlib:
    case Form::zstd: return Sort::packed;
    case Form::zip:
    case Form::pdf:
    case Form::image: return Sort::page;
    case Form::wide_text: return Sort::wide;
    case Form::empty:
    case Form::unknown:
    case Form::binary: return Sort::other;
    case Form::json:
    case Form::ndjson:
    case Form::event_stream:
    case Form::csv:
    case Form::form_urlencoded:
    case Form::multipart:
    case Form::markup:
    case Form::text: break;
  }
  return codec::is_utf8(bytes) ? Sort::text : Sort::narrow;
}

codec::Coding coding_of(Form form) {
  return form == Form::gzip ? codec::Coding::gzip : form == Form::zlib ? codec::Coding::deflate : codec::Coding::zstd;
}

/// Bytes that some program reads as pictures or documents and that sniff() only calls binary.
bool is_page(ByteView bytes) {
  using namespace std::string_view_literals;
  for (const ByteView magic : {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "\xfd" "7zXZ\0"sv, "BZh9"sv, "7z\xbc\xaf\x27\x1c"sv,
                               "Obj\x01"sv, "PAR1"sv, "ARROW1\0"sv, "SQLite format 3\0"sv})
    if (bytes.starts_with(magic)) return true;
  return bytes.starts_with("BM") && bytes.size() > 9 && bytes.substr(6, 4) == "\0\0\0\0"sv;   // a bitmap
}

/// Bytes that nothing tells apart from raw deflate (RFC 1951) but that they can be unpacked: the first three bits name a block with
/// codes.
bool may_be_deflate(ByteView bytes) {
  const unsigned block = bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]) >> 1 & 3;
  return bytes.size() >= kDeflateLeast && (block == 1 || block == 2);
}

bool is_shown(char c) { return c >= ' ' && c <= '~'; }

/// Bytes between which texts stand, as MessagePack, CBOR and others have them: most are ASCII that is shown.
bool holds_texts(ByteView bytes) {
  const auto shown = static_cast<size_t>(std::count_if(bytes.begin(), bytes.end(), is_shown));
  return bytes.size() >= kTextsLeast && shown * 5 >= bytes.size() * 3;
}

/// No hash, whose digits are base64, too.
bool has_both_cases(ByteView text) {
  bool upper = false, lower = false;
  for (const char c : text) {
    upper |= static_cast<unsigned char>(c - 'A') < 26;
    lower |= static_cast<unsigned char>(c - 'a') < 26;
  }
  return upper && lower;
}

/// The beginning of raw deflate of a text: it unpacks, as far as it goes, to what is shown. Of other bytes next to none do.
bool begins_deflate(ByteView bytes) {
  if (!may_be_deflate(bytes)) return false;
  codec::Decoder decoder;
  decoder.start({{codec::Coding::deflate}, 1}, {});
  char out[512];
  const codec::Progress step = decoder.step(bytes, {out, sizeof out});
  const auto of_text = [](char c) { return is_shown(c) || c == '\n' || c == '\r' || c == '\t' || static_cast<uint8_t>(c) >= 0x80; };
  return step.status == codec::Status::ok && std::all_of(out, out + step.produced, of_text);
}

/// Latin-1 as UTF-8: of old 8-bit charsets all look alike where values are.
void widen(ByteView bytes, Room<char>* out) {
  out->clear();
  out->reserve(2 * bytes.size() + kSimdPadding);
  for (const char c : bytes) {
    const bool apart = c < ' ' && c >= '\0' && c != '\t' && c != '\r';   // texts among other bytes
    const auto u = static_cast<uint8_t>(apart ? '\n' : c);
    if (u >= 0x80) out->push(static_cast<char>(0xc0 | u >> 6));
    out->push(static_cast<char>(u >= 0x80 ? 0x80 | (u & 0x3f) : u));
  }
  std::memset(out->end(), 0, kSimdPadding);
}

/// Writes a JSON document as one line: `tab` for its line ends, which stand outside of strings, where no tab stands, else blanks.
void append_line(ByteView document, char tab, Room<char>* out) {
  for (const char c : document) out->push(c == '\n' ? tab : c == '\r' ? ' ' : c);
}

}  // namespace

struct Copies::State {
  codec::Decoder decoder;
  codec::Encoder encoder;
  Room<char> bytes;                  // out of base64
  Room<char> layers[kLayersMax];     // out of each compression
  Room<char> masked, packed, text;
  Room<char> before, after;          // documents of the neighbours
  Room<char> row, row_masked;        // all three as one
  bool joined = false;

  void trim() {
    bytes.trim();
    for (Room<char>& layer : layers) layer.trim();
    masked.trim();
    packed.trim();
    text.trim();
    row.trim();
    row_masked.trim();
  }
  bool pack(codec::Coding coding);
  bool unpack_raw(ByteView coded);
};

/// Whether bytes are raw deflate of a text, which stands in the first layer then.
bool Copies::State::unpack_raw(ByteView coded) {
  if (!may_be_deflate(coded) || is_page(coded)) return false;
  const codec::Codings one{{codec::Coding::deflate}, 1};
  if (codec::decode_whole(decoder, one, coded, {kCopyBytes, kCopyRatio}, layers[0]) != codec::Status::done) return false;
  const ByteView inside(layers[0].data(), layers[0].size());
  return !inside.empty() && sort_of(inside, codec::sniff(inside)) == Sort::text;
}

/// What is in `masked` is put into a coding.
bool Copies::State::pack(codec::Coding coding) {
  if (encoder.start(coding) != codec::Status::ok) return false;
  packed.clear();
  const auto room = [&] {
    packed.reserve(16 * 1024);
    return ByteSpan(packed.end(), packed.capacity() - packed.size());
  };
  for (ByteView in(masked.data(), masked.size()); !in.empty();) {
    const codec::Progress step = encoder.step(in, room());
    if (step.status != codec::Status::ok) return false;
    packed.resize(packed.size() + step.produced);
    in.remove_prefix(step.consumed);
  }
  for (;;) {
    const codec::Progress step = encoder.finish(room());
    packed.resize(packed.size() + step.produced);
    if (step.status == codec::Status::done) break;
    if (step.status != codec::Status::ok) return false;
  }
  masked.clear();
  masked.append(packed.data(), packed.size());
  return true;
}

Copies::Copies() = default;
Copies::~Copies() = default;

Copies::Outcome Copies::look(ByteView text, uint8_t depth, Inner& inner) {
  Outcome outcome;
  if (!may_be_base64(text)) return outcome;
  if (state_ == nullptr) state_ = std::make_unique<State>();
  Base64Form form;
  if (!read_base64(text, &form, &state_->bytes)) return outcome;
  return rewrite({state_->bytes.data(), state_->bytes.size()}, &form, depth, inner);
}

/// The JSON document that a text is a copy of.
bool Copies::document(ByteView text, Room<char>* out) {
  if (text.size() > kJoinedCopy || !may_be_base64(text)) return false;
  if (state_ == nullptr) state_ = std::make_unique<State>();
  Base64Form form;
  if (!read_base64(text, &form, out)) return false;
  ByteView at(out->data(), out->size());
  Form looks = codec::sniff(at);
  Room<char> layer;
  for (size_t layers = 0; sort_of(at, looks) == Sort::packed; ++layers) {
    codec::Codings one{{coding_of(looks)}, 1};
    const codec::Bounds bounds{kJoinedCopy, kCopyRatio};
    if (layers == kLayersMax || codec::decode_whole(state_->decoder, one, at, bounds, layer) != codec::Status::done) return false;
    out->clear();
    out->append(layer.data(), layer.size());
    at = {out->data(), out->size()};
    looks = codec::sniff(at);
  }
  return looks == Form::json && sort_of(at, looks) == Sort::text && at.size() <= kJoinedCopy;
}

bool Copies::joins(ByteView text) {
  Room<char> bytes;
  return document(text, &bytes);
}

Copies::Outcome Copies::look_between(ByteView text, ByteView before, ByteView after, uint8_t depth, Inner& inner) {
  if (state_ == nullptr) state_ = std::make_unique<State>();
  if (before.empty() || !document(before, &state_->before)) state_->before.clear();
  if (after.empty() || !document(after, &state_->after)) state_->after.clear();
  state_->joined = !state_->before.empty() || !state_->after.empty();
  const Outcome outcome = look(text, depth, inner);
  state_->joined = false;
  return outcome;
}

/// Masks the document as a line between its neighbours, so that what its own paths name has them, and a value that goes over a
/// border is seen before anything is made of its parts: in `masked` stands what it is by itself. True when that is another.
bool Copies::join(ByteView at, Inner& inner) {
  State& state = *state_;
  const ByteView before(state.before.data(), state.before.size()), after(state.after.data(), state.after.size());
  const char tab = at.find('\t') == ByteView::npos ? '\t' : ' ';
  state.row.clear();
  for (const ByteView each : {before, at, after}) {
    if (each.empty()) continue;
    if (!state.row.empty()) state.row.push('\n');
    append_line(each, tab, &state.row);
  }
  state.row.reserve(kSimdPadding);
  std::memset(state.row.end(), 0, kSimdPadding);
  state.row_masked.clear();
  const Inner::Outcome all = inner.mask_lines({state.row.data(), state.row.size()}, &state.row_masked);
  if (!all.masked || all.changes == 0) return false;
  ByteView mine(state.row_masked.data(), state.row_masked.size());
  if (!before.empty()) mine.remove_prefix(std::min(mine.find('\n') + 1, mine.size()));
  mine = mine.substr(0, mine.find('\n'));
  state.packed.clear();
  append_line(state.masked.empty() ? at : ByteView(state.masked.data(), state.masked.size()), tab, &state.packed);
  if (mine.empty() || mine == ByteView(state.packed.data(), state.packed.size())) return false;
  state.masked.clear();
  for (const char c : mine) state.masked.push(c == '\t' && tab == '\t' ? '\n' : c);
  state.masked.reserve(kSimdPadding);
  return true;
}

Copies::Outcome Copies::look_packed(ByteView bytes, uint8_t depth, Inner& inner) {
  if (state_ == nullptr) state_ = std::make_unique<State>();
  return rewrite(bytes, nullptr, depth, inner);
}

void Copies::rest() { state_.reset(); }

Copies::Outcome Copies::rewrite(ByteView at, const Base64Form* form, uint8_t depth, Inner& inner) {
  State& state = *state_;
  const auto drop = [&] {
    state.trim();
    return Outcome{Kind::dropped, {}, 0};
  };
  codec::Coding codings[kLayersMax];
  size_t layers = 0;
  uint64_t left = kCopyBytes;
  Form looks = codec::sniff(at);
  Sort sort = sort_of(at, looks);
  while (sort == Sort::packed) {
    const codec::Coding coding = coding_of(looks);
    codec::Codings one{{coding}, 1};
    Room<char>* room = layers == kLayersMax ? nullptr : &state.layers[layers];
    const codec::Status status = room == nullptr ? codec::Status::memory
                                                 : codec::decode_whole(state.decoder, one, at, {left, kCopyRatio}, *room);
    // "x^…" may be text, and four bytes of a vector may look like zlib's two: what does not unpack is what it was
    if (status == codec::Status::malformed && looks == Form::zlib && layers == 0) {
      sort = codec::is_utf8(at) ? Sort::text : Sort::other;
      looks = Form::text;
      break;
    }
    if (status != codec::Status::done) return drop();
    codings[layers++] = coding;
    left -= room->size();
    at = {room->data(), room->size()};
    looks = codec::sniff(at);
    sort = sort_of(at, looks);
  }
  bool raw = false;   // deflate without a head, which is not written again
  if (sort == Sort::other && layers == 0 && state.unpack_raw(at)) {
    raw = true;
    at = {state.layers[0].data(), state.layers[0].size()};
    looks = codec::sniff(at);
    sort = Sort::text;
  }
  if (sort == Sort::other && layers == 0 && form != nullptr && !is_page(at) && holds_texts(at)) {
    sort = Sort::narrow;
    looks = Form::text;
  }
  if (sort == Sort::page || (sort == Sort::other && looks == Form::binary && is_page(at))) return drop();
  if (sort == Sort::other) return layers == 0 || at.empty() ? Outcome{} : drop();
  if (depth >= kCopyDepth) return sort == Sort::text ? drop() : Outcome{};
  Room<char> other;
  if (sort != Sort::text) {
    const codec::Declared declared{std::nullopt, true, false};
    if (sort == Sort::narrow) widen(at, &other);
    else if (codec::transcode_whole(at, declared, other) != codec::Status::done) return layers == 0 ? Outcome{} : drop();
    at = {other.data(), other.size()};
    looks = codec::sniff(at);
  }
  state.masked.clear();
  Inner::Outcome masked = inner.mask(at, looks, static_cast<uint8_t>(depth + 1), &state.masked);
  if (masked.masked && masked.changes == 0) state.masked.clear();
  if (masked.masked && state.joined && looks == Form::json && sort == Sort::text)
    masked.changes += join(at, inner);
  if (!masked.masked) return sort == Sort::text || layers != 0 ? drop() : Outcome{};
  if (masked.changes == 0) return sort == Sort::text || layers != 0 ? Outcome{Kind::same, {}, 0} : Outcome{};
  if (raw || sort != Sort::text || (form != nullptr && !form->exact)) return drop();
  while (layers > 0)
    if (!state.pack(codings[--layers])) return drop();
  if (form == nullptr) return {Kind::rewritten, {state.masked.data(), state.masked.size()}, masked.changes};
  state.text.clear();
  write_base64({state.masked.data(), state.masked.size()}, *form, &state.text);
  return {Kind::rewritten, {state.text.data(), state.text.size()}, masked.changes};
}

bool Copies::hides(ByteView beginning) {
  const ByteView head = beginning.substr(0, kCopyHead);
  if (!may_be_base64(head)) return false;
  Base64Form form;
  Room<char> bytes;
  if (!read_base64(head, &form, &bytes)) return false;
  ByteView at(bytes.data(), bytes.size());
  while (!at.empty() && (static_cast<uint8_t>(at.back()) & 0xc0) == 0x80) at.remove_suffix(1);   // a character that goes on
  if (!at.empty() && static_cast<uint8_t>(at.back()) >= 0xc0) at.remove_suffix(1);
  const Form looks = codec::sniff(at);
  const Sort sort = sort_of(at, looks);
  // No hash, whose digits are base64, too: its letters are of one case.
  const bool bytes_only = sort == Sort::other || sort == Sort::narrow;
  if (bytes_only && has_both_cases(head.substr(0, 16)) && (holds_texts(at) || begins_deflate(at))) return true;
  return (sort != Sort::other && sort != Sort::narrow) || is_page(at);
}

}  // namespace gatehouse::mask
