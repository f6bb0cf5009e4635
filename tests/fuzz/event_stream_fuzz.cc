// Events are the same in any pieces; with other line ends they say the same; and the texts that are dispatched are those that a
// plain reader of lines dispatches.
#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/pieces.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

struct Texts {
  std::string seen;
  void event(const codec::Event& event) {
    if (event.has_data && event.complete) seen.append("<").append(event.type).append(">").append(event.data);
  }
};

/// plain_texts does what WHATWG HTML section 9.2.6 says, word by word, over a body with LF alone.
std::string plain_texts(ByteView body) {
  std::string seen, data, type;
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  for (size_t end = body.find('\n'); end != ByteView::npos; end = body.find('\n')) {
    const ByteView line = body.substr(0, end);
    body.remove_prefix(end + 1);
    if (line.empty()) {
      if (!data.empty()) seen.append("<").append(type).append(">").append(data, 0, data.size() - 1);
      data.clear();
      type.clear();
      continue;
    }
    const size_t colon = line.find(':');
    const ByteView name = line.substr(0, colon);
    std::string value(colon == ByteView::npos ? ByteView() : line.substr(colon + 1));
    if (value.starts_with(' ')) value.erase(0, 1);
    if (name == "event") type = value;
    if (name == "data") data += value + "\n";
  }
  return seen;
}

std::string with_line_ends(ByteView body, ByteView end) {
  std::string out;
  for (const char c : body)
    if (c == '\n') out += end;
    else if (c != '\r') out += c;
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const fuzz::Pieces pieces(fuzz::input_of(data, size));
  const size_t event_max = pieces.options % 2 == 0 ? 40 : 1'000'000;
  fuzz::compare(pieces, 5, [&] { return codec::EventStream(event_max); }, [](testing::FormLog& whole) {
    (void)whole;
    PLANT(if (whole.said.find("\ndata=\n\n") != std::string::npos) whole.said += "\nmore=");
  });
  const std::string expected = plain_texts(with_line_ends(pieces.body, "\n"));
  for (const ByteView end : {"\n", "\r", "\r\n"}) {
    Texts texts;
    codec::EventStream machine(10'000'000);
    if (machine.feed(with_line_ends(pieces.body, end), texts) != codec::EventError::none) return 0;
    machine.finish(texts);
    GH_ASSERT(texts.seen == expected);
  }
  return 0;
}
