// A JSON document as it comes: the same strict walk as Document's, in pieces of any size, in bounded memory.
#pragma once

#include "base/bytes.h"
#include "base/limits.h"
#include "base/room.h"
#include "json/document.h"
#include "json/key_set.h"

namespace gatehouse::json {

inline constexpr size_t kStreamKeyMax = 16 * 1024;   // raw bytes of one key
inline constexpr size_t kStreamNumberMax = 1024;     // bytes of one number
inline constexpr size_t kStreamKeysMax = 4096;       // keys of all objects that are open at one time

/// StreamError is why a document was refused. The first three as Document's; a document within the bounds above is refused
/// by one exactly when it is by the other.
enum class StreamError : uint8_t { none, malformed, duplicate_key, too_deep, too_large };

/// Part is raw text of a key or string, without quotes: all of a key, some of a string. Whole escape sequences and whole
/// characters only. Views live until the call returns; kSimdPadding bytes are readable behind `raw`.
struct Part {
  uint64_t at;                // of its first byte in the body
  ByteView raw;
  const uint32_t* escapes;    // positions of the escape sequences, from raw's begin
  uint32_t escape_count;
};

/// StreamVisitor is shown a document token by token, as its bytes come. `at` is where a token's first byte stands. What was
/// shown is worth nothing when the document is refused later.
class StreamVisitor {
 public:
  virtual ~StreamVisitor() = default;
  virtual void open(Kind kind, uint64_t at) = 0;
  virtual void close(Kind kind, uint64_t at) = 0;
  virtual void comma(uint64_t at) = 0;
  virtual void key(const Part& key) = 0;
  /// A string: begin (`at` is its first byte behind the quote), parts without gaps, never empty, then end (`at` is the closing
  /// quote).
  virtual void string_begin(uint64_t at) = 0;
  virtual void string_part(const Part& part) = 0;
  virtual void string_end(uint64_t at) = 0;
  virtual void number(uint64_t at, ByteView raw, NumberShape shape) = 0;
  virtual void literal(uint64_t at, ByteView raw) = 0;
};

/// Unseen is for those who only want to know whether there is a document.
struct Unseen final : StreamVisitor {
  void open(Kind, uint64_t) override {}
  void close(Kind, uint64_t) override {}
  void comma(uint64_t) override {}
  void key(const Part&) override {}
  void string_begin(uint64_t) override {}
  void string_part(const Part&) override {}
  void string_end(uint64_t) override {}
  void number(uint64_t, ByteView, NumberShape) override {}
  void literal(uint64_t, ByteView) override {}
};

/// Stream walks one document after the other; memory is reused, one thread. What it refuses, Leniency: see Document. CPU is
/// linear in the bytes, in pieces of one byte, too.
class Stream {
 public:
  /// start begins a document. `seed` is mixed into the hashes of keys: unknown to who writes documents, it
  /// keeps them from making this slow. It changes no verdict.
  void start(Leniency leniency = {}, uint64_t seed = 0);

  /// feed walks the next bytes, whose first stands at `at` in the body; kSimdPadding readable behind. `at` may jump where no token
  /// is open. An error is final.
  StreamError feed(ByteView bytes, uint64_t at, StreamVisitor& visitor);
  /// finish judges the end: a number may end there. none when the document was whole.
  StreamError finish(StreamVisitor& visitor);

  /// complete: the document's value is closed (a number at the root never is, before finish).
  bool complete() const { return want_ == Want::end; }
  size_t depth() const { return depth_; }
  /// waits_at: where the key (its quote), number or literal begins that is not yet whole; UINT64_MAX when there is none.
  uint64_t waits_at() const;
  /// keys of the objects that are open; none where duplicates are allowed.
  const KeySet& keys() const { return keys_; }
  size_t memory_bytes() const;

 private:
  enum class Want : uint8_t { value, first_value, first_key, key, colon, after, end };
  enum class Inside : uint8_t { nothing, key, string, number, literal };
  struct Run {
    ByteView bytes;
    uint64_t at;       // where bytes[0] stands
    size_t i;          // the next byte
    StreamVisitor& visitor;
  };

  bool fail(StreamError error);
  bool structure(Run& run);
  bool step(Run& run, char c);
  bool open(Run& run, Kind kind);
  bool close(Run& run, Kind kind);
  void value_ended();
  ByteView gather(Run& run, size_t begin);
  bool number(Run& run);
  bool end_number(Run& run, ByteView raw);
  bool literal(Run& run);
  bool begin_quoted(Run& run);
  bool quoted(Run& run);
  bool go_on(Run& run);
  bool some_quoted(Run& run, const Part& part);
  bool end_quoted(Run& run, const Part& part, uint64_t quote);
  bool end_key(Run& run, const Part& part);

  Leniency leniency_;
  StreamError error_ = StreamError::none;
  Want want_ = Want::value;
  Inside inside_ = Inside::nothing;
  size_t depth_ = 0;
  Kind kinds_[kJsonDepthMax];
  KeySet keys_;
  Room<char> token_;               // a key, number or literal that the bytes' end cut
  Room<uint32_t> token_escapes_;
  uint64_t token_at_ = 0;
  char carry_[16 + kSimdPadding];  // an escape or character that was cut
  size_t carried_ = 0;
  uint64_t carry_at_ = 0;
  Room<uint32_t> escapes_;         // of the part at hand
  Room<char> plain_;               // a key without its escapes
};

}  // namespace gatehouse::json
