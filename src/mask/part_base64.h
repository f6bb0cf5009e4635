// A part in base64: taken off, masked, put on again, whatever its length.
#pragma once


#include "codec/base64.h"
#include "mask/source.h"

namespace gatehouse::mask {

class Stream;

inline constexpr size_t kPartWhole = 16 * 1024;

/// PartBase64 masks the base64 of one part. Up to kPartWhole bytes are looked at whole and stay as they are when nothing is masked.
/// Longer ones are decoded, masked by a stream and coded again as they come, with the lines that their first line
/// shows; they must be strict (RFC 2045 section 6.8: LF and CRLF anywhere). Memory: that of a stream. One thread; reused.
class PartBase64 {
 public:
  /// start begins a part whose data begins at `at`. `content_type` must live until finish(). Changes are named after `rule`.
  void start(const Task& task, uint64_t at, ByteView content_type, uint8_t rule, const Around& around);
  /// feed takes what was appended up to `end`; false when it is refused.
  bool feed(uint64_t end);
  bool finish();
  size_t memory_bytes() const { return out_.capacity(); }

  // the visitors of codec's decoder and encoder
  void decoded(ByteView raw, ByteView bytes);
  void text(ByteView coded) { out_.append(coded.data(), coded.size()); }

 private:
  bool begin_stream();
  bool take();
  void put_on();
  void place(bool last);
  bool whole();

  Task task_{};
  ByteView content_type_;
  Around around_;
  uint8_t rule_ = kNoRule;
  uint64_t placed_ = 0;        // what is before is as it will be
  uint64_t next_ = 0;          // the first byte not yet decoded
  uint64_t end_ = 0;           // of what came
  Stream* inner_ = nullptr;    // long parts
  bool failed_ = false;
  bool differs_ = false;       // what is put on again is not what was there
  codec::Base64Decoder decoder_;
  codec::Base64Encoder encoder_;
  Room<char> out_;             // put on again, and not yet placed
};

}  // namespace gatehouse::mask
