// The same bytes, split in many ways.
#pragma once

#include <functional>
#include <string>

#include "codec/decoder.h"

namespace gatehouse::testing {

struct Decoded {
  codec::Status status;
  std::string bytes;   // empty unless done
  bool operator==(const Decoded&) const = default;
};

/// decode_split gives a body in pieces of `piece` bytes, each step a room of `room`, and `first` bytes before all others.
inline Decoded decode_split(codec::Decoder& decoder, const codec::Codings& codings, ByteView body, const codec::Bounds& bounds, size_t piece,
                            size_t room, size_t first = 0) {
  decoder.start(codings, bounds);
  std::string out;
  std::string block(room, '\0');
  for (size_t at = 0;;) {
    ByteView in = body.substr(at, first != 0 && at == 0 ? first : piece);
    at += in.size();
    for (;;) {
      const codec::Progress progress = decoder.step(in, {block.data(), block.size()});
      if (progress.status != codec::Status::ok) return {progress.status, {}};
      out.append(block, 0, progress.produced);
      in.remove_prefix(progress.consumed);
      if (progress.produced < room) break;
    }
    if (!in.empty()) return {codec::Status::ok, "bytes were left with room to spare"};
    if (at == body.size()) break;
  }
  const codec::Status status = decoder.finish();
  return {status, status == codec::Status::done ? out : std::string()};
}

inline Decoded decode_once(codec::Decoder& decoder, const codec::Codings& codings, ByteView body, const codec::Bounds& bounds) {
  Room<char> out;
  const codec::Status status = codec::decode_whole(decoder, codings, body, bounds, out);
  return {status, {out.data(), out.size()}};
}

}  // namespace gatehouse::testing
