// Any body under any type, in any pieces: the same bytes, the same changes, the same verdict; the maps undo them; memory is
// bounded; JSON keeps its shape; plain addresses in text are gone.
#include <cstdint>
#include <memory>
#include <regex>
#include <string>

#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"
#include "tests/support/masked_stream.h"
#include "tests/support/plain_json.h"

using namespace gatehouse;

namespace {

constexpr ByteView kTypes[] = {"application/json",        "application/x-ndjson", "text/event-stream", "text/csv",
                               "text/plain",              "text/html",            "multipart/mixed; boundary=x",
                               "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "", "application/json; charset=utf-16"};

std::shared_ptr<const mask::Plan> make_plan() {
  using detect::Detector;
  return *mask::Plan::compile({
      {"all", {}, {Detector::email, Detector::us_ssn, Detector::payment_card}, mask::Method::redact},
      {"part", {"**.p", "q"}, {Detector::email}, mask::Method::partial},
      {"gone", {"[*].s"}, {}, mask::Method::drop},
  });
}

struct World {
  std::shared_ptr<const mask::Plan> plan = make_plan();
  mask::Stream stream;
  World() { GH_ASSERT(stream.prepare(*plan)); }
};

/// Between blanks and nothing else around: no border rule may let it through.
bool leaks(const std::string& text) {
  static const std::regex email("(^|[ ;])[a-z]{1,20}@[a-z]{2,20}\\.(com|org)($|[ ;])");
  return text.size() < 2000 && std::regex_search(text, email);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size < 3) return 0;
  const fuzz::Pieces input(fuzz::input_of(data, size));
  const ByteView type = kTypes[input.options % std::size(kTypes)];
  const mask::Selection masks = input.options / 16 % 8;
  const mask::Answer answer{type, {}, input.options >= 0xf0};
  const auto run = [&](const testing::Cut& cut, ByteView original = {}) {
    return testing::mask_stream(world.stream, *world.plan, masks, answer, input.body, cut, original);
  };
  testing::MaskedStream whole = run(testing::whole());
  const codec::Form form = world.stream.form();
  PLANT(if (whole.changes.size() == 2 && form == codec::Form::csv) whole.masked += ' ');
  for (int way = 0; way < 2; ++way) {
    fuzz::Pieces sizes = input;
    const testing::MaskedStream pieces = run(way == 0 ? testing::Cut([&](size_t left) { return sizes(left); }) : testing::cut_every(1));
    GH_ASSERT(pieces.reason == whole.reason);
    if (whole.reason != Reason::none || whole.uninspected) continue;   // what passes after all may begin at another byte
    GH_ASSERT(pieces.masked == whole.masked && pieces.changes == whole.changes && pieces.undone == whole.undone);
    GH_ASSERT(pieces.memory_most <= 2 * mask::kStreamBytes);
  }
  if (whole.reason != Reason::none) {
    GH_ASSERT(!answer.best_effort);
    return 0;
  }
  const bool transcoded = input.body.find('\0') != ByteView::npos || input.body.starts_with("\xff\xfe") || input.body.starts_with("\xfe\xff");   // undone is what it was in UTF-8
  GH_ASSERT(whole.undone || transcoded);
  if (form == codec::Form::json && !whole.uninspected && !transcoded && !input.body.starts_with("\xef")) {
    const testing::PlainJson before(input.body), after(whole.masked);
    GH_ASSERT(!before.ok() || after.ok());
    if (before.ok() && (masks & 4) == 0) GH_ASSERT(before.shape() == after.shape());
  }
  if ((masks & 1) != 0 && form == codec::Form::text && !whole.uninspected) GH_ASSERT(!leaks(whole.masked));
  return 0;
}
