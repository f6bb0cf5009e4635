// What the record of a request's body in a content coding borrows from its worker: the content is recorded, not the coded bytes.
#pragma once

#include <memory>
#include <vector>

#include "base/limits.h"
#include "codec/decoder.h"
#include "proxy/memory.h"

namespace gatehouse::proxy {

/// undecoded_name says in the records why content ends before the body does; empty where all of it came out.
ByteView undecoded_name(codec::Status status);

/// CodedBody takes the codings off one body as it goes by. Nothing here is of two bodies.
struct CodedBody {
  static constexpr size_t kRoom = 32 * 1024;   // content of one record

  codec::Decoder decoder;
  codec::Codings codings;
  codec::Status status = codec::Status::ok;    // ok: it goes on; else nothing more comes out
  uint64_t content = 0;     // bytes of content in records
  size_t held = 0;          // bytes of `room` that are in no record yet
  size_t taken = 0;         // bytes of the piece at hand that the decoder has
  size_t waiting = 0;       // bytes of `coded`: a piece that was taken from the client and is not sent on yet
  bool more = false;        // the decoder may have more without more of the body
  bool heavy = false;       // a decoder with a large window: not kept
  char room[kRoom];
  char coded[kBlockBytes];

  void start(const codec::Codings& which, uint64_t max_bytes);
  /// decode fills `room` from the rest of the piece at hand; only while it holds nothing.
  void decode(ByteView piece);
  /// is_through: all that the piece at hand has came out, and is in records.
  bool is_through(ByteView piece) const {
    return held == 0 && (status != codec::Status::ok || (taken == piece.size() && !more));
  }
};

/// CodedBodyPool lends within a bound; one per worker; keeps a few.
class CodedBodyPool {
 public:
  void set_limit(uint32_t limit) { limit_ = limit; }
  /// take returns nullptr when as many are lent as may be; what is lent must be started.
  CodedBody* take();
  void give_back(CodedBody* body);
  uint32_t lent() const { return lent_; }

 private:
  static constexpr size_t kKeep = 16;
  std::vector<std::unique_ptr<CodedBody>> free_;
  uint32_t limit_ = 0;
  uint32_t lent_ = 0;
};

}  // namespace gatehouse::proxy
