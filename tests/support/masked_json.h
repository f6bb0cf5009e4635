// A JSON document masked as it comes: pieces in, slices out, put together and undone.
#pragma once

#include <algorithm>
#include <string>

#include "base/assert.h"
#include "mask/json_source.h"
#include "mask/map.h"
#include "tests/support/padded.h"

namespace gatehouse::testing {

/// MaskedJson is what became of one body.
struct MaskedJson {
  bool ok = false;
  std::string masked;
  std::string original;   // as the slices' maps give it back
  std::string changes;    // "place mask detector original>replacement" of each, where in the body
  uint64_t count = 0;
  size_t slices = 0;
  size_t most_held = 0;   // bytes of the window
  size_t most_memory = 0;
};

/// JsonMasker masks documents through an editor; reused.
class JsonMasker {
 public:
  explicit JsonMasker(std::shared_ptr<const mask::Plan> plan) : plan_(std::move(plan)) {
    editor_.prepare(*plan_);
    source_.prepare(*plan_);
  }

  /// next(left) says how many bytes come now; least: of a slice. keep: put slices together and undo them.
  template <typename Next>
  MaskedJson run(mask::Selection masks, ByteView body, Next next, size_t least = 16 * 1024, json::Leniency leniency = {}, bool keep = true) {
    MaskedJson out;
    keep_ = keep;
    editor_.start(*plan_, masks, nullptr);
    source_.start(editor_, *plan_, masks, leniency);
    for (size_t at = 0; at < body.size();) {
      const size_t size = next(body.size() - at);
      for (size_t end = at + size; at < end;) {
        const size_t part = std::min(end - at, editor_.room());
        GH_ASSERT(part != 0);
        editor_.append(body.substr(at, part));
        if (!source_.feed(at, editor_.raw(at, part))) return out;
        at += part;
        out.most_held = std::max(out.most_held, editor_.held());
        take(least, &out);
        out.most_memory = std::max(out.most_memory, editor_.memory_bytes() + source_.memory_bytes());
      }
    }
    if (!source_.finish()) return out;
    editor_.finish();
    take(1, &out);
    GH_ASSERT(editor_.held() == 0 || editor_.begin() == body.size() || taken_ == body.size());
    out.ok = true;
    out.count = editor_.changes();
    return out;
  }

 private:
  void take(size_t least, MaskedJson* out) {
    if (out->slices == 0) taken_ = 0;
    while (const mask::Editor::Slice* slice = editor_.cut(least)) {
      ++out->slices;
      if (keep_) add(*slice, out);
      taken_ += slice->original_length;
    }
  }

  void add(const mask::Editor::Slice& slice, MaskedJson* out) {
    const ByteView masked = slice.masked;
    std::string original(masked);
    if (!slice.map.empty()) {
      GH_ASSERT(mask::undo(masked, slice.map, &original));
      mask::MapReader reader;
      mask::Change change;
      GH_ASSERT(reader.open(slice.map) && reader.count() == slice.changes && slice.changes > 0);
      while (reader.next(&change)) {
        out->changes += std::to_string(taken_ + change.original_offset) + " " + std::string(change.place) + " " + std::string(change.mask) + " " +
                        std::string(detect::detector_name(change.detector)) + " " + std::string(change.original) + ">" +
                        std::string(change.replacement) + "\n";
      }
      GH_ASSERT(reader.ok());
    } else {
      GH_ASSERT(slice.changes == 0);
    }
    GH_ASSERT(original.size() == slice.original_length);
    out->masked += masked;
    out->original += original;
  }

  std::shared_ptr<const mask::Plan> plan_;
  mask::Editor editor_;
  mask::JsonSource source_;
  uint64_t taken_ = 0;
  bool keep_ = true;
};

}  // namespace gatehouse::testing
