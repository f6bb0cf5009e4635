#include "xml/canonical.h"

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "xml/silence.h"

namespace gatehouse::xml {

namespace {

/// Part is which nodes of a document are written.
struct Part {
  const xmlNode* apex;
  const xmlNode* without;
};

/// is_in_part is asked for each node of the document; of attributes and namespaces the element counts, which comes as `parent`.
int is_in_part(void* data, xmlNode* node, xmlNode* parent) {
  const Part& part = *static_cast<const Part*>(data);
  const xmlNode* at = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE ? parent : node;
  for (; at != nullptr && at->type != XML_DOCUMENT_NODE; at = at->parent) {
    if (at == part.without) return 0;
    if (at == part.apex) return 1;
  }
  return 0;
}

/// Sink takes what is written, up to a bound.
struct Sink {
  std::string text;
  size_t most;
};

int write_to(void* data, const char* bytes, int size) {
  Sink& sink = *static_cast<Sink*>(data);
  if (size < 0 || sink.text.size() + static_cast<size_t>(size) > sink.most) return -1;
  sink.text.append(bytes, static_cast<size_t>(size));
  return size;
}

}  // namespace

void silence() {
  static const bool ready = (xmlInitParser(), true);
  static_cast<void>(ready);
  // The function is this thread's own in libxml2. Its type gained a const in 2.12: a lambda fits both.
  xmlSetStructuredErrorFunc(nullptr, [](void*, auto) {});
}

std::optional<std::string> canonical(const Document& document, Element apex, Element without,
                                     const std::vector<std::string>& inclusive, size_t most) {
  if (inclusive.size() > kInclusivePrefixesMax) return std::nullopt;
  silence();
  std::vector<std::string> texts = inclusive;   // the interface is not const
  std::vector<xmlChar*> prefixes;
  for (std::string& text : texts) prefixes.push_back(reinterpret_cast<xmlChar*>(text.data()));
  prefixes.push_back(nullptr);

  Part part{apex.node(), without.node()};
  Sink sink{{}, most};
  xmlOutputBuffer* out = xmlOutputBufferCreateIO(&write_to, nullptr, &sink, nullptr);
  GH_ASSERT(out != nullptr);  // out of memory
  const int written = xmlC14NExecute(const_cast<xmlDoc*>(document.document()), &is_in_part, &part, XML_C14N_EXCLUSIVE_1_0,
                                     inclusive.empty() ? nullptr : prefixes.data(), 0, out);
  const int closed = xmlOutputBufferClose(out);
  if (written < 0 || closed < 0 || sink.text.empty()) return std::nullopt;
  return std::move(sink.text);
}

}  // namespace gatehouse::xml
