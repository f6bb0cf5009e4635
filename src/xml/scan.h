// XML texts before any parser sees them: what is allowed in at all, and how much of it.
#pragma once

#include <cstddef>

#include "base/bytes.h"

namespace gatehouse::xml {

/// Bounds is what a document may ask for. `attributes` are those of one element, namespace declarations among them;
/// `namespaces` are the declarations of the whole document.
struct Bounds {
  size_t bytes = 0;
  size_t depth = 0;
  size_t elements = 0;
  size_t attributes = 0;
  size_t namespaces = 0;
  bool remarks = false;   // comments and processing instructions may stand in it; else they are refused
};

/// Fault is why a text is refused.
enum class Fault : unsigned char {
  none,
  size,        // more than one of the bounds
  encoding,    // not UTF-8 (a byte order mark is refused, too), or it says that it is something else
  markup,      // a document type, CDATA, or remarks where there may be none
  reference,   // an entity other than the five that XML itself has, or a broken character reference
  form,        // not well-formed, with or without namespaces
};

/// fault_text says it for people.
ByteView fault_text(Fault fault);

/// scan looks at a text once, front to back. Fault::none means: UTF-8, within the bounds, nothing in it but an XML
/// declaration, tags, character data and allowed references (and remarks); whether it is well-formed is the parser's
/// to say. Linear, no allocation.
Fault scan(ByteView text, const Bounds& bounds);

}  // namespace gatehouse::xml
