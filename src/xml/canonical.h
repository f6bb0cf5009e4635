// Exclusive XML canonicalization (REC-xml-exc-c14n-20020718), without comments: what an XML signature signs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "xml/document.h"

namespace gatehouse::xml {

inline constexpr size_t kInclusivePrefixesMax = 4;

/// canonical writes the canonical form of an element and all that is in it, but for `without` (a null Element: all of it).
/// `inclusive` are the prefixes of an InclusiveNamespaces PrefixList ("#default" among them). Nothing when it grows beyond
/// `most` bytes, or libxml2 fails. Elements times listed prefixes times namespaces in scope: callers bound all three.
std::optional<std::string> canonical(const Document& document, Element apex, Element without,
                                     const std::vector<std::string>& inclusive, size_t most);

}  // namespace gatehouse::xml
