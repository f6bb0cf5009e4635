// A request's body taken apart: codings and character sets off, forms cut into documents and texts. Included by
// guard/*.cc and its tests only.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/room.h"
#include "codec/decoder.h"
#include "codec/sniff.h"
#include "guard/guard.h"

namespace gatehouse::guard {

/// Leaf is one document or text of a body, in UTF-8, with kSimdPadding readable bytes behind it.
struct Leaf {
  enum class Kind : uint8_t { json, text, csv, form };
  Kind kind;
  ByteView bytes;
  uint64_t offset;      // in the body once its coding is off; of parts that were coded themselves, in the part
  uint32_t label_at;    // where it stands, for people: "line 3", "part files line 3"; empty for the body itself
  uint32_t label_size;
  bool perhaps;         // of json: the bytes were declared as text and taken so; some service may read them as JSON, if they are
  ByteView name;        // of the part of a form that it is the data of; kSimdPadding readable bytes behind it
};
/// is_container: an object or a list, as far as the first byte tells that is no white space.
inline bool is_container(ByteView text) {
  for (const char c : text)
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n') return c == '{' || c == '[';
  return false;
}
/// says_utf8: what a field of a form named _charset_ may say; some take all the others by it (RFC 7578 section 4.6).
bool says_utf8(ByteView value);

inline constexpr size_t kLeavesMax = 100'000;   // of one body
inline constexpr size_t kLeavesHere = 512;      // without patience

/// BodyReader takes bodies apart. What some service might read in two ways is read in both, or refused:
/// - codings: gzip, deflate, br, zstd, two of them at most, within decoded_max and a ratio of 100, parts of a multipart body
///   together within decoded_max; of requests in one member or frame; a body that is coded and does not say so is refused;
/// - UTF-8, and UTF-16 and UTF-32 where JSON or the charset parameter allow them and the first bytes look so; other charsets
///   are refused, and all but UTF-8 for forms and event streams;
/// - the form that Content-Type says, and the one that it looks like when that is another: JSON stays JSON whatever it is
///   called. JSON that is not whole is refused, also where plain text was declared, when it begins with { or [; text that is a
///   JSON text or number, or lines of such, is read as both;
/// - parts of multipart bodies likewise, with their own codings (also base64), types and charsets;
/// - what is no text (PDF, images, archives, markup) is refused, but for parts of a multipart body when `opaque` allows it:
///   text that is called an image is read.
/// Memory is kept from one body to the next up to a bound. One thread.
class BodyReader {
 public:
  /// read: none, or why the body cannot be inspected. Leaves live until the next read and point into the body or this.
  /// Unless `patient`, no more than kInspectHere is unpacked: what has more is slow(), and the reason says nothing. `lines`: the
  /// service reads lines of JSON, and takes application/json for that, too.
  Reason read(const Request& request, bool patient = true, bool lines = false);
  bool slow() const { return slow_; }

  std::span<const Leaf> leaves() const { return {leaves_.data(), leaves_.size()}; }
  ByteView label(const Leaf& leaf) const { return ByteView(labels_).substr(leaf.label_at, leaf.label_size); }
  /// whole is the body in UTF-8 once its coding is off; form, what it was read as.
  ByteView whole() const { return whole_; }
  codec::Form form() const { return form_; }

 private:
  class Parts;
  struct Type;

  Reason take_coding(const Request& request, ByteView* body);
  Reason read_typed(ByteView bytes, ByteView content_type, bool part);
  Reason to_utf8(ByteView bytes, ByteView charset, codec::Form declared, ByteView* text);
  Reason read_as(codec::Form form, ByteView text, bool part);
  Reason read_lines(ByteView text);
  Reason read_events(ByteView text);
  Reason read_parts(ByteView bytes, ByteView boundary, bool form_data);
  Reason read_part(ByteView data, ByteView content_type, ByteView transfer_encoding, ByteView content_encoding);
  Reason decode(const codec::Codings& codings, ByteView* bytes);
  Reason push(Leaf::Kind kind, ByteView bytes);
  Reason read_also_as(codec::Form form, ByteView text, bool part);
  ByteView keep(ByteView bytes);
  Room<char>& room();

  Room<Leaf> leaves_;
  std::string labels_;
  std::string label_;                 // of what is read now
  ByteView name_;                     // likewise
  codec::Decoder decoder_;
  std::vector<std::unique_ptr<Room<char>>> rooms_;
  size_t rooms_used_ = 0;
  ByteView whole_;
  codec::Form form_ = codec::Form::empty;
  const char* base_ = nullptr;        // what offsets count from
  uint64_t decoded_most_ = 0;         // may come out of codings: decoded_max, or less here
  uint64_t decoded_left_ = 0;         // of it
  bool patient_ = true;
  bool slow_ = false;
  bool opaque_ = false;
  bool answer_ = false;
  bool lines_ = false;
  bool perhaps_ = false;              // of what is read now
};

}  // namespace gatehouse::guard
