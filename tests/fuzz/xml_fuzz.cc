// XML: what is parsed is within its bounds, and has one canonical form that stays the same when it is read again.
#include <algorithm>
#include <string>

#include "tests/fuzz/plant.h"
#include "xml/canonical.h"

namespace gatehouse::xml {
namespace {

constexpr Bounds kBounds{.bytes = 4096, .depth = 8, .elements = 64, .attributes = 8, .namespaces = 16, .remarks = false};
constexpr Bounds kCanonical{.bytes = 256 * 1024, .depth = 8, .elements = 64, .attributes = 64, .namespaces = 4096, .remarks = false};
constexpr size_t kMost = 64 * 1024;

/// deepest counts elements and levels.
size_t deepest(Element element, size_t* count) {
  size_t depth = 0;
  ++*count;
  GH_ASSERT(element.attributes().size() <= kBounds.attributes && !element.local_name().empty());
  if (const auto text = element.text()) GH_ASSERT(element.children().empty());
  for (const Element child : element.children()) depth = std::max(depth, deepest(child, count));
  return depth + 1;
}

/// has_empty_tag: "/>" ends a tag; in the value of an attribute it may stand.
bool has_empty_tag(ByteView form) {
  bool in_tag = false, quoted = false;
  for (size_t i = 0; i < form.size(); ++i) {
    if (!in_tag) in_tag = form[i] == '<';
    else if (form[i] == '"') quoted = !quoted;
    else if (form[i] == '>' && !quoted) {
      if (form[i - 1] == '/') return true;
      in_tag = false;
    }
  }
  return false;
}

void run(ByteView text) {
  const auto document = Document::parse(text, kBounds);
  Bounds remarks = kBounds;
  remarks.remarks = true;
  const auto loose = Document::parse(text, remarks);
  GH_ASSERT(!document.ok() || loose.ok());
  if (!document.ok()) {
    GH_ASSERT(document.error() != Fault::none);
    return;
  }
  size_t count = 0;
  GH_ASSERT(deepest(document->root(), &count) <= kBounds.depth && count <= kBounds.elements);
  const auto form = canonical(*document, document->root(), {}, {}, kMost);
  if (!form) return;   // grown too large
  PLANT(if (form->find("xmlns:b") != std::string::npos) GH_ASSERT(*form == text));
  for (const ByteView never : {"<!", "<?", "\r"}) GH_ASSERT(form->find(never) == std::string::npos);
  GH_ASSERT(!has_empty_tag(*form));
  const auto again = Document::parse(*form, kCanonical);
  GH_ASSERT(again.ok());
  GH_ASSERT(canonical(*again, again->root(), {}, {}, kMost) == form);
  const auto children = document->root().children();
  if (children.empty()) return;
  const auto part = canonical(*document, children[0], {}, {}, kMost), rest = canonical(*document, document->root(), children[0], {}, kMost);
  GH_ASSERT(part.has_value() && rest.has_value() && Document::parse(*part, kCanonical).ok() && Document::parse(*rest, kCanonical).ok());
}

}  // namespace
}  // namespace gatehouse::xml

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gatehouse::xml::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
