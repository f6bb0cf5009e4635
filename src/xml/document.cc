#include "xml/document.h"

#include <libxml/parser.h>
#include <libxml/uri.h>
#include <libxml/xmlerror.h>

#include "xml/silence.h"

namespace gatehouse::xml {

namespace {

ByteView view(const xmlChar* text) { return text == nullptr ? ByteView{} : ByteView(reinterpret_cast<const char*>(text)); }

/// append_text appends the text nodes of a list; false when there is another node in it.
bool append_text(const xmlNode* node, std::string* out) {
  for (; node != nullptr; node = node->next) {
    if (node->type != XML_TEXT_NODE) return false;
    out->append(view(node->content));
  }
  return true;
}

std::string value_of(const xmlAttr* attribute) {
  std::string value;
  append_text(attribute->children, &value);   // only text: there are no entities
  return value;
}

/// is_absolute: a scheme and a colon (RFC 3986 section 3.1). Others mean what the reader takes them for.
bool is_absolute(ByteView uri) {
  const size_t colon = uri.find(':');
  if (colon == ByteView::npos || colon == 0) return false;
  for (size_t i = 0; i < colon; ++i) {
    const char c = uri[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && (i == 0 || ((c < '0' || c > '9') && c != '+' && c != '-' && c != '.'))) return false;
  }
  return true;
}

/// is_expected says whether all nodes are of the kinds that scan() lets in, and all namespaces are usable.
bool is_expected(const xmlDoc* document, bool remarks) {
  const auto is_remark = [](const xmlNode* node) { return node->type == XML_COMMENT_NODE || node->type == XML_PI_NODE; };
  const xmlNode* node = document->children;
  while (node != nullptr) {
    if (node->type == XML_ELEMENT_NODE) {
      for (const xmlNs* one = node->nsDef; one != nullptr; one = one->next) {
        const ByteView uri = view(one->href);
        const bool undone = uri.empty() && one->prefix == nullptr;   // xmlns=""
        if (!undone && (uri.size() > kNamespaceBytesMax || !is_absolute(uri))) return false;
      }
      for (const xmlAttr* one = node->properties; one != nullptr; one = one->next)
        for (const xmlNode* part = one->children; part != nullptr; part = part->next)
          if (part->type != XML_TEXT_NODE) return false;
    } else if (node->type != XML_TEXT_NODE && !(remarks && is_remark(node))) {
      return false;
    }
    if (node->type == XML_ELEMENT_NODE && node->children != nullptr) {
      node = node->children;
      continue;
    }
    while (node->next == nullptr) {
      node = node->parent;
      if (node == nullptr || node->type == XML_DOCUMENT_NODE) return true;
    }
    node = node->next;
  }
  return true;
}

}  // namespace

ByteView Element::local_name() const { return view(node_->name); }
ByteView Element::name_space() const { return node_->ns == nullptr ? ByteView{} : view(node_->ns->href); }

std::optional<std::string> Element::attribute(ByteView name) const {
  for (const xmlAttr* one = node_->properties; one != nullptr; one = one->next)
    if (one->ns == nullptr && view(one->name) == name) return value_of(one);
  return std::nullopt;
}

std::vector<Element::Attribute> Element::attributes() const {
  std::vector<Attribute> all;
  for (const xmlAttr* one = node_->properties; one != nullptr; one = one->next)
    all.push_back({one->ns == nullptr ? ByteView{} : view(one->ns->href), view(one->name), value_of(one)});
  return all;
}

std::vector<Element> Element::children() const {
  std::vector<Element> all;
  for (const xmlNode* node = node_->children; node != nullptr; node = node->next)
    if (node->type == XML_ELEMENT_NODE) all.emplace_back(node);
  return all;
}

std::optional<std::string> Element::text() const {
  std::string text;
  if (!append_text(node_->children, &text)) return std::nullopt;
  return text;
}

bool Element::holds_text() const {
  for (const xmlNode* node = node_->children; node != nullptr; node = node->next)
    if (node->type == XML_TEXT_NODE && view(node->content).find_first_not_of(" \t\r\n") != ByteView::npos) return true;
  return false;
}

void Document::Free::operator()(_xmlDoc* document) const { xmlFreeDoc(document); }

Result<Document, Fault> Document::parse(ByteView text, const Bounds& bounds) {
  if (const Fault fault = scan(text, bounds); fault != Fault::none) return Failure{fault};
  silence();
  const std::unique_ptr<xmlParserCtxt, decltype(&xmlFreeParserCtxt)> parser(xmlNewParserCtxt(), &xmlFreeParserCtxt);
  GH_ASSERT(parser != nullptr);  // out of memory
  // Neither entities nor a document type can be in it any more: these options are the second wall.
  constexpr int kOptions = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_IGNORE_ENC;
  Document document(
      xmlCtxtReadMemory(parser.get(), text.data(), static_cast<int>(text.size()), nullptr, "UTF-8", kOptions));
  if (document.document_ == nullptr || parser->wellFormed != 1 || parser->nsWellFormed != 1) return Failure{Fault::form};
  const xmlDoc* tree = document.document_.get();
  if (tree->intSubset != nullptr || tree->extSubset != nullptr) return Failure{Fault::markup};
  if (xmlDocGetRootElement(document.document_.get()) == nullptr) return Failure{Fault::form};
  if (!is_expected(tree, bounds.remarks)) return Failure{Fault::form};
  return document;
}

Element Document::root() const { return Element(xmlDocGetRootElement(document_.get())); }

}  // namespace gatehouse::xml
