#include "xml/scan.h"

#include <simdjson.h>

#include <algorithm>

namespace gatehouse::xml {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// reference_bytes is the length of the allowed reference that a text begins with, or 0.
size_t reference_bytes(ByteView text) {
  constexpr size_t kLongest = 12;
  for (const ByteView known : {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"})
    if (text.starts_with(known)) return known.size();
  if (!text.starts_with("&#")) return 0;
  const bool hexadecimal = text.size() > 2 && text[2] == 'x';
  const size_t first = hexadecimal ? 3 : 2;
  for (size_t i = first; i < std::min(text.size(), kLongest); ++i) {
    const char c = text[i];
    if (c == ';') return i > first ? i + 1 : 0;
    const bool letter = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if ((c < '0' || c > '9') && !(hexadecimal && letter)) return 0;
  }
  return 0;
}

/// Scanner walks a text; each step says what is wrong or goes on.
class Scanner {
 public:
  Scanner(ByteView text, const Bounds& bounds) : text_(text), bounds_(bounds) {}

  Fault run() {
    if (const Fault fault = declaration(); fault != Fault::none) return fault;
    while (at_ < text_.size()) {
      const Fault fault = text_[at_] == '<' ? markup() : text_[at_] == '&' ? reference() : (++at_, Fault::none);
      if (fault != Fault::none) return fault;
    }
    return Fault::none;
  }

 private:
  ByteView rest() const { return text_.substr(at_); }

  /// declaration passes <?xml ...?> at the very start; another encoding than UTF-8 is refused.
  Fault declaration() {
    constexpr size_t kLongest = 128;
    if (!text_.starts_with("<?xml") || text_.size() < 6 || !is_blank(text_[5])) return Fault::none;
    const size_t end = text_.substr(0, kLongest).find("?>");
    if (end == ByteView::npos) return Fault::form;
    at_ = end + 2;
    const ByteView inside = text_.substr(0, end);
    size_t from = inside.find("encoding");
    if (from == ByteView::npos) return Fault::none;
    from += ByteView("encoding").size();
    while (from < end && (is_blank(inside[from]) || inside[from] == '=')) ++from;
    const ByteView value = inside.substr(std::min(from + 1, end), 5);   // behind the quote
    constexpr ByteView kName = "utf-8";
    const bool same = value.size() == kName.size() && std::equal(value.begin(), value.end(), kName.begin(), [](char a, char b) {
      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + ('a' - 'A')) : a) == b;
    });
    const size_t quote = from + 1 + kName.size();
    return same && quote < end && inside[quote] == inside[from] ? Fault::none : Fault::encoding;
  }

  Fault reference() {
    const size_t size = reference_bytes(rest());
    at_ += size;
    return size > 0 ? Fault::none : Fault::reference;
  }

  Fault markup() {
    if (rest().starts_with("<!--")) return remark(4, "-->");
    if (rest().starts_with("<!")) return Fault::markup;
    if (rest().starts_with("<?")) return remark(2, "?>");
    if (!rest().starts_with("</")) return start_tag();
    const size_t end = text_.find('>', at_);
    if (end == ByteView::npos || depth_ == 0) return Fault::form;
    --depth_;
    at_ = end + 1;
    return Fault::none;
  }

  Fault remark(size_t opening, ByteView closing) {
    if (!bounds_.remarks) return Fault::markup;
    const size_t end = text_.find(closing, at_ + opening);
    if (end == ByteView::npos) return Fault::form;
    at_ = end + closing.size();
    return Fault::none;
  }

  Fault start_tag() {
    if (++elements_ > bounds_.elements || ++depth_ > bounds_.depth) return Fault::size;
    size_t attributes = 0;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '<') return Fault::form;
      if (c == '>') {
        if (text_[at_ - 1] == '/') --depth_;
        ++at_;
        return Fault::none;
      }
      if (c == '=' && ++attributes > bounds_.attributes) return Fault::size;
      if (is_blank(c) && rest().substr(1).starts_with("xmlns") && ++namespaces_ > bounds_.namespaces) return Fault::size;
      if (c != '"' && c != '\'') continue;
      if (const Fault fault = quoted(c); fault != Fault::none) return fault;
    }
    return Fault::form;
  }

  /// quoted passes an attribute's value and stops at the quote that ends it.
  Fault quoted(char quote) {
    for (++at_; at_ < text_.size() && text_[at_] != quote;) {
      if (text_[at_] == '<') return Fault::form;
      if (text_[at_] != '&') ++at_;
      else if (const Fault fault = reference(); fault != Fault::none) return fault;
    }
    return at_ < text_.size() ? Fault::none : Fault::form;
  }

  const ByteView text_;
  const Bounds& bounds_;
  size_t at_ = 0, depth_ = 0, elements_ = 0, namespaces_ = 0;
};

}  // namespace

ByteView fault_text(Fault fault) {
  switch (fault) {
    case Fault::none: return "nothing";
    case Fault::size: return "it is too large, too deep or of too many parts";
    case Fault::encoding: return "it is not UTF-8";
    case Fault::markup: return "it has a document type, CDATA, a comment or a processing instruction";
    case Fault::reference: return "it refers to an entity";
    case Fault::form: return "it is not well-formed XML with namespaces";
  }
  return "";
}

Fault scan(ByteView text, const Bounds& bounds) {
  if (text.size() > bounds.bytes) return Fault::size;
  if (text.empty()) return Fault::form;
  if (text.starts_with("\xef\xbb\xbf") || text.find('\0') != ByteView::npos ||
      !simdjson::validate_utf8(text.data(), text.size()))
    return Fault::encoding;
  return Scanner(text, bounds).run();
}

}  // namespace gatehouse::xml
