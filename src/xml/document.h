// XML documents as trees, read by libxml2 behind bounds of our own (xml.h of no other module).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "xml/scan.h"

struct _xmlDoc;
struct _xmlNode;

namespace gatehouse::xml {

inline constexpr size_t kNamespaceBytesMax = 256;

/// Element is one element of a Document, a pointer by size; valid as long as the Document.
class Element {
 public:
  Element() = default;
  explicit Element(const _xmlNode* node) : node_(node) {}

  ByteView local_name() const;
  ByteView name_space() const;   // URI, empty: none
  bool is(ByteView name_space_uri, ByteView local) const { return local_name() == local && name_space() == name_space_uri; }

  /// attribute is the value of an attribute without a namespace.
  std::optional<std::string> attribute(ByteView name) const;
  struct Attribute {
    ByteView name_space, local_name;
    std::string value;
  };
  std::vector<Attribute> attributes() const;

  /// children are the elements in it, in order.
  std::vector<Element> children() const;
  /// text is its character data, when there is nothing else in it: an element that holds another, or a remark, has none.
  std::optional<std::string> text() const;
  /// holds_text: character data other than blanks stands beside its children.
  bool holds_text() const;

  bool operator==(const Element& other) const = default;
  const _xmlNode* node() const { return node_; }

 private:
  const _xmlNode* node_ = nullptr;
};

/// Document is one parsed document. No document type, no entities, nothing from outside: neither file nor network is
/// ever asked. Prefixes are bound to absolute namespace URIs of at most kNamespaceBytesMax. One thread at a time; any.
class Document {
 public:
  /// parse scans, then parses. Nothing is printed, whatever is wrong.
  static Result<Document, Fault> parse(ByteView text, const Bounds& bounds);

  Element root() const;
  const _xmlDoc* document() const { return document_.get(); }

 private:
  struct Free {
    void operator()(_xmlDoc* document) const;
  };
  explicit Document(_xmlDoc* document) : document_(document) {}
  std::unique_ptr<_xmlDoc, Free> document_;
};

/// every calls visit(element) for an element and all that are in it, in document order, until it returns false; false then.
template <typename Visit>
bool every(Element from, const Visit& visit) {
  std::vector<Element> open{from};
  while (!open.empty()) {
    const Element element = open.back();
    open.pop_back();
    if (!visit(element)) return false;
    const std::vector<Element> inside = element.children();
    open.insert(open.end(), inside.rbegin(), inside.rend());
  }
  return true;
}

}  // namespace gatehouse::xml
