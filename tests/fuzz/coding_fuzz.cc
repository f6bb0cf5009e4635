// A coded body is the same whole and in any split, keeps its bounds, and what an Encoder wrote comes back. Input: four bytes that
// choose (codings, bounds, pieces, room), then the body.
#include <algorithm>
#include <string>

#include "base/assert.h"
#include "base/limits.h"
#include "codec/decoder.h"
#include "codec/encoder.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

struct Verdict {
  codec::Status status = codec::Status::ok;
  std::string bytes;
};

struct Choice {
  codec::Codings codings;
  codec::Bounds bounds;
  size_t piece;
  size_t room;
  bool br = false;
};

Choice choose(const uint8_t* data) {
  Choice choice;
  for (uint8_t rest = data[0]; choice.codings.count < 2; rest = static_cast<uint8_t>(rest / 5)) {
    const auto coding = static_cast<codec::Coding>(rest % 5);
    choice.br = choice.br || coding == codec::Coding::br;
    if (coding != codec::Coding::identity) choice.codings.applied[choice.codings.count++] = coding;
    else break;
  }
  choice.bounds.max_bytes = data[1] % 16 == 0 ? 100 : 150000;
  choice.bounds.ratio = 1 + data[1] / 16U;
  choice.piece = 1 + data[2];
  choice.room = 1 + data[3];
  return choice;
}

codec::Decoder& decoder() {   // one for all inputs: nothing of a body may be left for the next
  static codec::Decoder one;
  return one;
}

Verdict whole(const Choice& choice, ByteView body) {
  Room<char> out;
  const codec::Status status = codec::decode_whole(decoder(), choice.codings, body, choice.bounds, out);
  GH_ASSERT(status != codec::Status::ok && (status == codec::Status::done || out.empty()));
  GH_ASSERT(out.size() <= choice.bounds.max_bytes && out.capacity() <= choice.bounds.max_bytes * 3 / 2 + 32 * 1024);
  return {status, {out.data(), out.size()}};
}

Verdict in_pieces(const Choice& choice, ByteView body) {
  decoder().start(choice.codings, choice.bounds);
  std::string out;
  char block[256];
  do {
    ByteView piece = body.substr(0, choice.piece);
    body.remove_prefix(piece.size());
    for (bool more = true; more;) {
      const codec::Progress progress = decoder().step(piece, {block, choice.room});
      if (progress.status != codec::Status::ok) return {progress.status, {}};
      GH_ASSERT(progress.consumed <= piece.size() && progress.produced <= choice.room);
      out.append(block, progress.produced);
      piece.remove_prefix(progress.consumed);
      more = progress.produced == choice.room;
      GH_ASSERT(more || piece.empty());
    }
  } while (!body.empty());
  const codec::Status status = decoder().finish();
  GH_ASSERT(status != codec::Status::ok);
  if (status != codec::Status::done) return {status, {}};
  PLANT(if (choice.piece == 3 && !out.empty()) out.pop_back());
  return {status, out};
}

void comes_back(const Choice& choice, ByteView text) {
  static codec::Encoder encoder;
  codec::Codings one;
  if (choice.codings.count > 0) one.applied[one.count++] = choice.codings.applied[0];
  GH_ASSERT(encoder.start(one.count > 0 ? one.applied[0] : codec::Coding::identity) == codec::Status::ok);
  std::string coded;
  char block[codec::kEncoderRoom + 256];
  const ByteSpan room{block, codec::kEncoderRoom + choice.room};
  for (ByteView rest = text; !rest.empty();) {
    const codec::Progress progress = encoder.step(rest.substr(0, choice.piece), room);
    GH_ASSERT(progress.status == codec::Status::ok);
    coded.append(block, progress.produced);
    rest.remove_prefix(progress.consumed);
    if (choice.piece % 2 == 0) continue;
    for (codec::Status status = codec::Status::ok; status == codec::Status::ok;) {
      const codec::Progress flushed = encoder.flush(room);
      coded.append(block, flushed.produced);
      status = flushed.status;
    }
  }
  for (codec::Status status = codec::Status::ok; status == codec::Status::ok;) {
    const codec::Progress progress = encoder.finish(room);
    coded.append(block, progress.produced);
    status = progress.status;
  }
  Room<char> out;
  GH_ASSERT(codec::decode_whole(decoder(), one, coded, {.max_bytes = text.size(), .ratio = 5000}, out) == codec::Status::done);
  GH_ASSERT(ByteView(out.data(), out.size()) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const Choice choice = choose(data);
  const ByteView body(reinterpret_cast<const char*>(data) + 4, size - 4);
  const Verdict a = whole(choice, body);
  const Verdict b = in_pieces(choice, body);
  GH_ASSERT(a.bytes == b.bytes);
  // Of two reasons to refuse a broken br body, either may be said (decoder.h).
  const bool refused = a.status != codec::Status::done && b.status != codec::Status::done;
  GH_ASSERT(a.status == b.status || (choice.br && refused));
  if (size < 4096) comes_back(choice, body);
  const auto said = codec::parse_content_encoding(body);
  GH_ASSERT(!said || said->count <= 2);
  codec::choose_coding(body);
  codec::looks_coded(body);
  return 0;
}
