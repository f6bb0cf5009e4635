// What the keys of objects say, remembered: most documents have few, again and again. Included by mask/*.cc only.
#pragma once

#include "base/letters.h"
#include "json/automaton.h"
#include "mask/text_names.h"

namespace gatehouse::mask {

/// KeyName is what is known of one key.
struct KeyName {
  bool text;              // is_text_name()
  Offset offset;          // offset_name()
  bool plain;             // letters and '_', too few for a token: no detector of ours finds anything in such a key
  uint64_t number;        // of member_path()
  json::Automaton::Symbol symbol;
  bool names_pair;        // names_pair()
};

/// Whether a key of kShortName bytes or fewer is KeyName::plain.
inline bool is_plain(ByteView key) {
  for (const char c : key)
    if (!is_ascii_letter(c) && c != '_') return false;
  return true;
}

/// Of a key's first and second eight bytes, by its length.
struct KeyMasks {
  uint64_t begin[kShortName + 1] = {}, end[kShortName + 1] = {};
  constexpr KeyMasks() {
    for (size_t size = 0; size <= kShortName; ++size) {
      begin[size] = size >= 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * size) - 1;
      end[size] = size >= 16 ? ~uint64_t{0} : size <= 8 ? 0 : (uint64_t{1} << 8 * (size - 8)) - 1;
    }
  }
};
inline constexpr KeyMasks kKeyMasks{};

/// KeyNames remembers the short ones. One thread; no memory beyond itself.
class KeyNames {
 public:
  /// start says whose symbols are told from now on.
  void start(const json::Automaton& paths) {
    paths_ = &paths;
    ++turn_;
  }

  /// of: the key's text needs kSimdPadding readable behind. What is returned lives until the next call.
  const KeyName& of(ByteView key) {
    if (key.size() > kShortName) {
      other_ = {is_text_name(key), offset_name(key), false, path_number(key), paths_->symbol(key), names_pair(key)};
      return other_;
    }
    uint64_t begin, end;
    std::memcpy(&begin, key.data(), sizeof begin);
    std::memcpy(&end, key.data() + sizeof begin, sizeof end);
    begin &= kKeyMasks.begin[key.size()];
    end &= kKeyMasks.end[key.size()];
    // The key that followed the last one when that was seen before most likely follows it again.
    Entry& next = entries_[entries_[last_].next];
    if (((next.begin ^ begin) | (next.end ^ end) | (next.size ^ key.size()) | (next.turn ^ turn_)) == 0) [[likely]] {
      last_ = entries_[last_].next;
      return next.is;
    }
    const uint64_t slot = ((begin ^ end * 0x9e3779b97f4a7c15u) + key.size()) * 0xd6e8feb86659fd93u >> 58;
    Entry& entry = entries_[slot];
    if (((entry.begin ^ begin) | (entry.end ^ end) | (entry.size ^ key.size())) != 0) {
      entry = {begin, end, key.size(), 0, 0, {is_text_name(key), offset_name(key), is_plain(key), path_number(key), 0,
                                                  names_pair(key)}};
    }
    if (entry.turn != turn_) entry.is.symbol = paths_->symbol(key);
    entry.turn = turn_;
    entries_[last_].next = slot;
    last_ = slot;
    return entry.is;
  }

 private:
  struct Entry {
    uint64_t begin, end;
    size_t size;
    uint64_t turn;
    uint64_t next;   // which entry followed it
    KeyName is;
  };
  const json::Automaton* paths_ = nullptr;
  uint64_t turn_ = 0;
  KeyName other_{};
  Entry entries_[64] = {};   // an empty key has the first: it is nobody's name
  size_t last_ = 0;          // the entry that was asked for
};

}  // namespace gatehouse::mask
