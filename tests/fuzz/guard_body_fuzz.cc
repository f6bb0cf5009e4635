// A body is read the same whatever coding it comes in, and whoever reads it has the patience; nothing it says leads outside.
#include <array>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "codec/encoder.h"
#include "guard/body.h"
#include "tests/fuzz/plant.h"
#include "tests/support/padded.h"

using namespace gatehouse;

namespace {

constexpr ByteView kTypes[] = {"", "application/json", "application/x-ndjson", "text/event-stream", "text/csv", "text/plain",
                               "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "multipart/mixed; boundary=b",
                               "application/octet-stream", "text/plain; charset=utf-16", "application/yaml"};

std::string packed(ByteView body) {
  codec::Encoder encoder;
  encoder.start(codec::Coding::gzip);
  std::string out;
  std::array<char, 4096> room;
  for (;;) {
    const codec::Progress step = encoder.step(body, {room.data(), room.size()});
    out.append(room.data(), step.produced);
    body.remove_prefix(step.consumed);
    if (body.empty() && step.produced < room.size()) break;
  }
  for (;;) {
    const codec::Progress step = encoder.finish({room.data(), room.size()});
    out.append(room.data(), step.produced);
    if (step.status == codec::Status::done) return out;
  }
}

/// What a reader says of a body, as one text.
std::string told(guard::BodyReader& reader, ByteView type, ByteView coding, ByteView body, bool opaque) {
  const testing::Padded padded(body);
  http::Field fields[2];
  size_t count = 0;
  if (!type.empty()) fields[count++] = {"Content-Type", type, http::FieldId::content_type};
  if (!coding.empty()) fields[count++] = {"Content-Encoding", coding, http::FieldId::content_encoding};
  const guard::Request request{.fields = {fields, count}, .body = padded.view(), .decoded_max = 1 << 20, .opaque = opaque};
  const Reason reason = reader.read(request);
  std::string out = std::to_string(static_cast<int>(reason));
  if (reason != Reason::none) return out;
  for (const guard::Leaf& leaf : reader.leaves()) {
    out += '\n' + std::to_string(static_cast<int>(leaf.kind)) + ' ' + std::string(reader.label(leaf)) + ' ';
    out += leaf.bytes;
    volatile char last = leaf.bytes.data()[leaf.bytes.size() + kSimdPadding - 1];   // is there to be read
    static_cast<void>(last);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static guard::BodyReader reader;
  if (size < 2) return 0;
  const ByteView type = kTypes[data[0] % std::size(kTypes)];
  const bool opaque = (data[1] & 1) != 0;
  const ByteView body(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::string plain = told(reader, type, {}, body, opaque);
  PLANT(if (body.starts_with("{\"")) plain += '!');
  GH_ASSERT(plain == told(reader, type, {}, body, opaque));
  if (body.empty()) return 0;
  const bool odd = plain == std::to_string(static_cast<int>(Reason::guard_coding));   // looks coded already, which gzip inside gzip does too
  GH_ASSERT(odd || plain == told(reader, type, "gzip", packed(body), opaque));
  return 0;
}
