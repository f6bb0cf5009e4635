// An item of a body that may lie over several pieces, as one run of bytes.
#pragma once

#include "base/bytes.h"
#include "base/room.h"

namespace gatehouse::codec {

/// Gathered holds the part of an item that earlier pieces brought. An item that lies within one piece is never copied.
/// What it may hold is bounded by its user. One thread.
class Gathered {
 public:
  size_t size() const { return spent_ ? 0 : room_.size(); }
  ByteView view() const { return {room_.data(), size()}; }

  /// add keeps a copy of `part` behind what is there.
  void add(ByteView part) {
    if (spent_) clear();
    room_.append(part.data(), part.size());
  }

  /// with returns the whole item: what is held and `last` behind it; `last` itself when nothing is held. Valid until the
  /// next call of add, with or clear; the item is then gone.
  ByteView with(ByteView last) {
    if (size() == 0) return last;
    add(last);
    spent_ = true;
    return {room_.data(), room_.size()};
  }

  void clear() {
    room_.trim();
    spent_ = false;
  }

 private:
  Room<char> room_;
  bool spent_ = false;   // what is there was handed out by with()
};

}  // namespace gatehouse::codec
