// A body through mask::Stream in pieces of any size, with what holds for every body checked.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "base/assert.h"
#include "mask/map.h"
#include "mask/stream.h"

namespace gatehouse::testing {

/// MaskedStream is what became of a body.
struct MaskedStream {
  Reason reason = Reason::none;
  std::string masked;
  std::vector<std::string> changes;   // "place mask detector original>replacement"
  size_t first_out = SIZE_MAX;        // bytes that were in when the first slice came out
  size_t memory_most = 0;
  size_t slices = 0;
  bool undone = true;                 // the slices' maps made the body again
  bool uninspected = false;
};

using Cut = std::function<size_t(size_t left)>;
inline Cut cut_every(size_t size) {
  return [size](size_t left) { return left < size ? left : size; };
}
inline Cut whole() {
  return [](size_t left) { return left; };
}

/// mask_stream runs a body through. `original` is what undo must make; empty: the body itself.
inline MaskedStream mask_stream(mask::Stream& stream, const mask::Plan& plan, mask::Selection masks, const mask::Answer& answer, ByteView body,
                                const Cut& cut, ByteView original = {}) {
  MaskedStream out;
  std::string undone;
  size_t fed = 0;
  const auto take = [&] {
    for (; const mask::Stream::Slice* slice = stream.slice(); stream.pop()) {
      if (out.first_out == SIZE_MAX) out.first_out = fed;
      ++out.slices;
      out.masked += slice->masked;
      std::string part(slice->masked);
      if (!slice->map.empty()) {
        GH_ASSERT(slice->changes > 0);
        if (!mask::undo(slice->masked, slice->map, &part)) out.undone = false;
        mask::MapReader reader;
        GH_ASSERT(reader.open(slice->map));
        mask::Change change;
        while (reader.next(&change))
          out.changes.push_back(std::string(change.place) + " " + std::string(change.mask) + " " +
                                std::string(detect::detector_name(change.detector)) + " " + std::string(change.original) + ">" +
                                std::string(change.replacement));
        GH_ASSERT(reader.ok());
      }
      GH_ASSERT(part.size() == slice->original_length);
      undone += part;
    }
    out.memory_most = std::max(out.memory_most, stream.memory_bytes());
  };
  out.reason = stream.start(plan, masks, answer);
  ByteView rest = body;
  while (out.reason == Reason::none && !rest.empty()) {
    std::string piece(rest.substr(0, cut(rest.size())));   // a heap block of its own: nothing behind it may be read
    size_t done = 0;
    while (out.reason == Reason::none && done < piece.size()) {
      size_t consumed = 0;
      out.reason = stream.feed(ByteView(piece).substr(done), &consumed);
      GH_ASSERT(consumed > 0 || out.reason != Reason::none || stream.slice() != nullptr);
      done += consumed;
      fed += consumed;
      if (out.reason == Reason::none) take();
    }
    rest.remove_prefix(piece.size());
  }
  for (int turns = 0; out.reason == Reason::none && !stream.ended(); ++turns) {
    GH_ASSERT(turns < 1'000'000);
    out.reason = stream.finish();
    if (out.reason == Reason::none) take();
  }
  out.uninspected = stream.uninspected();
  if (out.reason == Reason::none && undone != (original.empty() ? body : original)) out.undone = false;
  return out;
}

}  // namespace gatehouse::testing
