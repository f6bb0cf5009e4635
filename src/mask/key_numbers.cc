#include "mask/key_numbers.h"

#include <charconv>

#include "json/escape.h"
#include "mask/editor_state.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kChangedMax = 4096;  // of all objects that are open

}  // namespace

void KeyNumbers::start(bool unique) {
  unique_ = unique;
  made_.start(0, kChangedMax);
  changed_.trim();
}

void KeyNumbers::open() {
  made_.open();
  changed_.push(0);
}

void KeyNumbers::close() {
  made_.close();
  changed_.resize(changed_.size() - 1);
}

/// The key as it will be read, with the marks from `first` on replaced.
ByteView KeyNumbers::text_of_marks(Editor& editor, const json::Part& part, size_t first) {
  const Editor::State& s = *editor.state_;
  written_.clear();
  uint64_t at = part.at;
  for (size_t i = first; i < s.marks.size(); ++i) {
    const Mark& mark = s.marks[i];
    written_.append(part.raw.data() + (at - part.at), mark.offset - at);
    written_.append(s.texts.data() + mark.text_at, mark.text_length);
    at = mark.end();
  }
  written_.append(part.raw.data() + (at - part.at), part.raw.size() - (at - part.at));
  const size_t size = written_.size();
  written_.reserve(2 * kSimdPadding);
  std::memset(written_.data() + size, 0, 2 * kSimdPadding);
  json::find_escapes({written_.data(), size}, &escapes_, true);
  plain_.clear();
  plain_.resize(size + json::kCopySlack);
  return {plain_.data(),
          json::unescape(written_.data(), 0, static_cast<uint32_t>(size), escapes_.data(), escapes_.size(), plain_.data())};
}

bool KeyNumbers::key(Editor& editor, const Site& site, const json::Part& part, const Piece& piece, bool plain,
                     const json::KeySet& keys) {
  Editor::State& s = *editor.state_;
  const size_t first = s.marks.size();
  bool changed = false;
  if (site.rule == kNoRule && !s.asked.wanted.has(detect::Detector::custom) && plain) s.come_to(piece.at);
  else changed = editor.text(site, piece);
  if (!changed) {
    if (!unique_ || !made_.has(piece.bytes)) return true;
    // The document's own key is what a mask wrote: it is written anew, with a number.
    s.text_begin = s.texts.size();
    s.texts.append(part.raw.data(), part.raw.size());
    s.add(part.at, part.raw.size(), s.asked.strongest, detect::Detector::field, detect::Evidence::none, Weight::source,
          s.keep_place(site.place));
  }
  uint32_t& number = changed_.back();
  const size_t whole = s.texts.size();
  bool different = s.plan->rules[s.marks.back().rule].method == Method::hash;
  for (;; different = false) {
    if (!different) ++number;
    Mark& last = s.marks.back();
    last.text_length -= static_cast<uint32_t>(s.texts.size() - whole);
    s.texts.resize(whole);
    if (number > 1 && !different) {
      char digits[16] = "#";
      const char* const end = std::to_chars(digits + 1, digits + sizeof digits, number).ptr;
      s.texts.append(digits, static_cast<size_t>(end - digits));
      last.text_length += static_cast<uint32_t>(end - digits);
    }
    if (!unique_) return true;
    const ByteView text = text_of_marks(editor, part, first);
    if (keys.has(text)) continue;
    switch (made_.add(text)) {
      case json::KeySet::Added::fresh: return true;
      case json::KeySet::Added::full: return false;
      case json::KeySet::Added::twice: break;
    }
  }
}

}  // namespace gatehouse::mask
