// Memory that exchanges borrow from their worker: blocks for heads and relayed bytes, room for bodies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "http/h1_parser.h"

namespace gatehouse::proxy {

/// kBlockBytes: a head (at most half of it) stays at the front while an exchange lives; the rest
/// takes body bytes.
inline constexpr size_t kBlockBytes = 64 * 1024;

/// BlockPool lends blocks of kBlockBytes plus padding; one per worker; keeps a bounded number.
class BlockPool {
 public:
  BlockPool() = default;
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;
  ~BlockPool();

  char* take();
  void give_back(char* block);
  size_t lent() const { return lent_; }

 private:
  static constexpr size_t kKeep = 256;
  std::vector<char*> free_;
  size_t lent_ = 0;
};

/// InputBlock is a borrowed block with a window of unread bytes. Empty (no block) while nothing is
/// there, so that idle connections hold nothing.
class InputBlock {
 public:
  explicit InputBlock(BlockPool& pool) : pool_(pool) {}
  InputBlock(const InputBlock&) = delete;
  InputBlock& operator=(const InputBlock&) = delete;
  ~InputBlock() { drop(); }

  ByteView unread() const { return {block_ + begin_, end_ - begin_}; }
  /// room returns free space behind the window; takes a block on first use.
  ByteSpan room();
  void filled(size_t bytes) { end_ += bytes; }
  void consume(size_t bytes) { begin_ += bytes; }

  /// pin keeps the bytes before the window (the head) where they are until unpin().
  void pin() { pinned_ = begin_; }
  void unpin() { pinned_ = 0; }
  /// compact moves the window to just behind the pinned bytes.
  void compact();
  /// drop gives the block back; the window must not matter any more.
  void drop();
  void drop_if_empty() {
    if (begin_ == end_) drop();
  }
  bool held() const { return block_ != nullptr; }

 private:
  BlockPool& pool_;
  char* block_ = nullptr;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t pinned_ = 0;
};

/// Heads is the parsed heads of one exchange: 20 KiB that an idle connection does not hold.
struct Heads {
  http::RequestHead request;
  http::HeadScan request_scan;
  http::ResponseHead response;
  http::HeadScan response_scan;
};

/// HeadsPool lends Heads; one per worker; keeps a bounded number. What is lent is reset, but for the
/// field slots beyond the count.
class HeadsPool {
 public:
  HeadsPool() = default;
  HeadsPool(const HeadsPool&) = delete;
  HeadsPool& operator=(const HeadsPool&) = delete;

  Heads* take();
  void give_back(Heads* heads);

 private:
  static constexpr size_t kKeep = 256;
  std::vector<std::unique_ptr<Heads>> free_;
};

/// BodyPool lends contiguous memory for collected bodies within a bound for all, in sizes that waste at most a fifth. Bodies of
/// callers whom nothing has proved yet share an eighth of it, so that strangers never take the room of those who are believed.
class BodyPool {
 public:
  static constexpr uint64_t kStrangersShare = 8;   // at the least limit room for one token request

  explicit BodyPool(uint64_t limit) : limit_(limit) {}
  BodyPool(const BodyPool&) = delete;
  BodyPool& operator=(const BodyPool&) = delete;
  ~BodyPool();

  void set_limit(uint64_t limit) { limit_ = limit; }
  /// lent is what bodies hold, those that are away too.
  uint64_t lent() const { return lent_ + away_; }
  uint64_t away() const { return away_; }
  /// strangers is what of lent() bodies of nobody hold.
  uint64_t strangers() const { return strangers_; }

 private:
  friend class Body;
  static constexpr size_t kSmallest = 16 * 1024;
  static constexpr size_t kClasses = 80;           // four to each doubling, up to 16 GiB; limits are far below
  static constexpr uint64_t kKeepBytes = 8 * 1024 * 1024;  // free memory kept per class, or one piece of it
  static constexpr uint64_t kKeepAllBytes = 64 * 1024 * 1024;

  static size_t class_of(size_t bytes);
  static size_t size_of(size_t size_class);        // without the padding behind it
  /// take lends in place of `instead` bytes that are given back right after: both are there for a copy's time.
  char* take(size_t size_class, uint64_t instead, bool stranger);
  void give_back(char* memory, size_t size_class, bool stranger);

  std::vector<char*> free_[kClasses];
  uint64_t limit_;
  uint64_t lent_ = 0;
  uint64_t away_ = 0;
  uint64_t kept_ = 0;
  uint64_t strangers_ = 0;
};

/// kFirstRoom is what a body that is yet to come gets at once.
inline constexpr size_t kFirstRoom = 64 * 1024;

/// Body is one collected body: contiguous, always with kSimdPadding readable bytes behind it. Its own copy,
/// or a view of bytes that arrived whole and stay where they are. Its memory follows what has come, not what was said
/// to come: twice of it, four times when that makes it whole, and kFirstRoom at first. Growing copies less than the body; what is
/// large is copied along with what comes, as much each time, so that no turn copies all of it: till then both are lent. Who wants
/// all of a body whose length nobody told asks settled() first.
class Body {
 public:
  explicit Body(BodyPool& pool) : pool_(pool) {}
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;
  ~Body() { clear(); }

  /// of_stranger counts this body, which holds nothing yet, as one of nobody until clear().
  void of_stranger() { stranger_ = true; }

  /// make_room sees to it that room() is not empty: of a body that will have `total` bytes (more than it has), of which
  /// `waiting` can be had now. False when the pool's bound would be passed.
  bool make_room(size_t total, size_t waiting);
  /// append copies bytes of a body that will have at most `total`; false when the pool's bound would be passed.
  bool append(ByteView bytes, size_t total = SIZE_MAX);
  /// room / filled: read straight into the reserved memory.
  ByteSpan room() { return {memory_ + size_, capacity_ - size_}; }
  void filled(size_t bytes) {
    size_ += bytes;
    if (old_ != nullptr) move(bytes);
  }
  /// settled copies some of what growing has left where it was, kSettled at most; true when nothing is: view() is free then.
  bool settled() {
    if (old_ != nullptr) move(kSettled);
    return old_ == nullptr;
  }
  bool reserved() const { return memory_ != nullptr; }
  /// borrow makes an empty body, nothing reserved, a view: the bytes and kSimdPadding behind them must stay
  /// until clear().
  void borrow(ByteView bytes);
  void clear();

  /// Away is a body's memory on its way through another thread; still counted by the pool, but its own when the pool
  /// is gone.
  struct Away {
    std::unique_ptr<char, decltype(&std::free)> memory{nullptr, &std::free};
    size_t size = 0;
    size_t size_class = 0;
    ByteView view() const { return {memory.get(), size}; }
  };
  /// send_away leaves this body empty. Nothing in `memory` when the pool's bound would be passed: of a borrowed body a
  /// copy goes.
  Away send_away();
  /// take_back makes an empty body what it was. drop_away forgets one that nobody waits for.
  void take_back(Away away);
  static void drop_away(BodyPool& pool, Away away);

  ByteView view() const {
    if (old_ != nullptr) move(SIZE_MAX);
    return memory_ != nullptr ? ByteView{memory_, size_} : borrowed_;
  }
  size_t size() const { return memory_ != nullptr ? size_ : borrowed_.size(); }

 private:
  bool grow(size_t needed, size_t total);
  /// move copies so many bytes, kMoved at least, from where the body lay before it grew.
  void move(size_t bytes) const;

  static constexpr size_t kMoved = 64 * 1024;
  static constexpr size_t kSettled = 1024 * 1024;
  static constexpr size_t kMovedAtOnce = 256 * 1024;   // a body of no more than this is copied when it grows

  BodyPool& pool_;
  ByteView borrowed_;
  char* memory_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;    // without padding
  size_t size_class_ = 0;
  bool stranger_ = false;
  mutable char* old_ = nullptr;   // the first old_size_ bytes are moved from there, moved_ of them by now
  mutable size_t old_size_ = 0, old_class_ = 0, moved_ = 0;
};

}  // namespace gatehouse::proxy
