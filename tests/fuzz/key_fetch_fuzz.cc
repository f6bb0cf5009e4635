// An issuer's answer: any bytes, in any pieces. Input: piece size and end (1 byte), then the stream.
#include "base/assert.h"
#include "control/key_fetch.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;
using namespace gatehouse::control;

namespace {

KeyFetch run(ByteView bytes, size_t step, bool clean) {
  static const FetchUrl url = *parse_fetch_url("https://issuer.example/jwks");
  KeyFetch fetch(url);
  for (size_t at = 0; at < bytes.size(); at += step) fetch.feed(bytes.substr(at, step));
  PLANT(if (step == 3) clean = !clean);
  fetch.end(clean);
  GH_ASSERT(fetch.state() != KeyFetch::State::reading);
  GH_ASSERT(fetch.document().size() <= KeyFetch::kAnswerMax);
  if (fetch.state() == KeyFetch::State::failed) GH_ASSERT(fetch.document().empty() && !fetch.error().empty());
  return fetch;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const ByteView bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool clean = (data[0] & 1) != 0;
  const KeyFetch whole = run(bytes, bytes.size(), clean);
  const KeyFetch pieces = run(bytes, 1 + (data[0] >> 1) % 32, clean);
  GH_ASSERT(whole.state() == pieces.state());
  GH_ASSERT(whole.document() == pieces.document());
  (void)parse_fetch_url(bytes);
  return 0;
}
