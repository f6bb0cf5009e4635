// The strict walk beside simdjson's own second stage, its DOM: two readers of the same list of tokens agree on what is a
// document and on every key and value in it. Where they may differ is said here, and judged from the bytes:
// - keys twice in an object pass simdjson, so they are let pass here too, and every value is compared;
// - half a surrogate pair passes some versions of simdjson: then texts are not compared;
// - a number that is no int64, uint64 or double passes here: simdjson must then take the document with zeros for numbers;
// - more than kJsonDepthMax levels pass simdjson, and a byte order mark some versions of it.
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/assert.h"
#include "json/document.h"
#include "tests/fuzz/plant.h"
#include "tests/support/collect_json.h"
#include "tests/support/padded.h"

using namespace gatehouse;

namespace {

/// Compare walks a DOM in step with the leaves that the walk saw.
class Compare {
 public:
  Compare(const std::vector<testing::Leaf>& leaves, bool texts, bool numbers)
      : leaves_(leaves), texts_(texts), numbers_(numbers) {}

  void value(simdjson::dom::element element) {
    switch (element.type()) {
      case simdjson::dom::element_type::ARRAY:
        shape += '[';
        for (const simdjson::dom::element each : simdjson::dom::array(element)) value(each);
        shape += ']';
        return;
      case simdjson::dom::element_type::OBJECT:
        shape += '{';
        for (const auto [key, each] : simdjson::dom::object(element)) text('k', key), value(each);
        shape += '}';
        return;
      case simdjson::dom::element_type::STRING: shape += 's', text('s', std::string_view(element)); return;
      case simdjson::dom::element_type::INT64: whole(int64_t(element)); return;
      case simdjson::dom::element_type::UINT64: whole(uint64_t(element)); return;
      case simdjson::dom::element_type::DOUBLE: number(double(element)); return;
      case simdjson::dom::element_type::BOOL: literal(bool(element) ? "true" : "false"); return;
      case simdjson::dom::element_type::NULL_VALUE: literal("null"); return;
    }
    GH_ASSERT(false);   // a kind that did not exist when this was written
  }
  bool over() const { return at_ == leaves_.size(); }

  std::string shape;

 private:
  const testing::Leaf& next(char kind) {
    GH_ASSERT(at_ < leaves_.size() && leaves_[at_].kind == kind);
    return leaves_[at_++];
  }
  void text(char kind, std::string_view said) {
    const testing::Leaf& leaf = next(kind);
    GH_ASSERT(!texts_ || leaf.text == said);
  }
  void literal(std::string_view said) {
    shape += 'l';
    GH_ASSERT(next('l').text == said);
  }
  template <typename Integer>
  void whole(Integer said) {
    shape += 'n';
    const std::string& raw = next('n').text;
    GH_ASSERT(!numbers_ || raw == std::to_string(said) || (said == 0 && raw == "-0"));
  }
  void number(double said) {
    shape += 'n';
    const std::string& raw = next('n').text;
    GH_ASSERT(!numbers_ || std::strtod(raw.c_str(), nullptr) == said);
  }

  const std::vector<testing::Leaf>& leaves_;
  const bool texts_, numbers_;
  size_t at_ = 0;
};

/// A number that simdjson has no type for.
bool beyond_types(const std::string& raw) {
  if (raw.find_first_of(".eE") != std::string::npos) return std::isinf(std::strtod(raw.c_str(), nullptr));
  const char* const end = raw.data() + raw.size();
  int64_t whole = 0;
  uint64_t positive = 0;
  return std::from_chars(raw.data(), end, whole).ec != std::errc() && std::from_chars(raw.data(), end, positive).ec != std::errc();
}

/// The document with zeros for its numbers.
std::string neutral(ByteView text, const std::vector<testing::Leaf>& leaves) {
  std::string out(text);
  for (const testing::Leaf& leaf : leaves)
    if (leaf.kind == 'n') out.replace(leaf.offset, leaf.length, "0" + std::string(leaf.length - 1, ' '));
  return out;
}

size_t depth_of(simdjson::dom::element element) {
  size_t most = 0;
  if (element.is_array())
    for (const simdjson::dom::element each : simdjson::dom::array(element)) most = std::max(most, depth_of(each));
  else if (element.is_object())
    for (const auto [key, each] : simdjson::dom::object(element)) most = std::max(most, depth_of(each));
  else
    return 0;
  return most + 1;
}

void compare(simdjson::dom::element root, const testing::CollectJson& seen, bool texts, bool numbers) {
  Compare both(seen.leaves, texts, numbers);
  both.value(root);
  GH_ASSERT(both.over() && both.shape == seen.shape);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static json::Document document;  // both reused, as a worker does
  static simdjson::dom::parser parser;
  const ByteView text(reinterpret_cast<const char*>(data), size);
  const testing::Padded padded(text);
  testing::CollectJson first{document, {}, {}, {}}, seen{document, {}, {}, {}};
  const bool strict = document.walk(padded.view(), first, {.duplicates = true}) == json::Error::none;
  if (text.starts_with("\xef\xbb\xbf")) {
    GH_ASSERT(!strict);
    return 0;
  }
  const json::Error error = document.walk(padded.view(), seen, {.duplicates = true, .lone_surrogates = true});
  GH_ASSERT(!strict || error == json::Error::none);
  PLANT(for (testing::Leaf& leaf : seen.leaves) if (leaf.kind == 's' && leaf.length > leaf.text.size() + 4) leaf.text += ' ');

  simdjson::dom::element root;
  if (parser.parse(text.data(), text.size()).get(root) == simdjson::SUCCESS) {
    if (error == json::Error::none) compare(root, seen, strict, true);
    else GH_ASSERT(error == json::Error::too_deep && depth_of(root) > kJsonDepthMax);   // nothing else is refused here alone
    return 0;
  }
  if (!strict) return 0;
  bool any = false;
  for (const testing::Leaf& leaf : seen.leaves) any |= leaf.kind == 'n' && beyond_types(leaf.text);
  GH_ASSERT(any);
  const std::string zeros = neutral(text, seen.leaves);
  GH_ASSERT(parser.parse(zeros.data(), zeros.size()).get(root) == simdjson::SUCCESS);
  compare(root, seen, true, false);
  return 0;
}
