// What the keys of objects say, remembered: most documents have few, again and again. Included by mask/*.cc only.
#pragma once

#include "json/automaton.h"
#include "mask/text_names.h"

namespace gatehouse::mask {

/// KeyName is what is known of one key.
struct KeyName {
  bool text;              // is_text_name()
  Offset offset;          // offset_name()
  uint64_t number;        // of member_path()
  json::Automaton::Symbol symbol;
};

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
    if (key.size() < 2 || key.size() > kShortName) {
      other_ = {false, Offset::none, path_number(key), paths_->symbol(key)};
      return other_;
    }
    const ShortName name = ShortName::read(key);
    Entry& entry = entries_[name.slot() % kEntries];
    if (!(entry.name == name)) {
      entry.name = name;
      entry.turn = 0;
      entry.is = {is_text_name(key), offset_name(key), path_number(key), 0};
    }
    if (entry.turn != turn_) entry.is.symbol = paths_->symbol(key);
    entry.turn = turn_;
    return entry.is;
  }

 private:
  static constexpr size_t kEntries = 64;
  struct Entry {
    ShortName name{};
    uint64_t turn = 0;
    KeyName is{};
  };
  const json::Automaton* paths_ = nullptr;
  uint64_t turn_ = 0;
  KeyName other_{};
  Entry entries_[kEntries];
};

}  // namespace gatehouse::mask
