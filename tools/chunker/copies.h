// Second copies of a chunk, as services send them along.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::chunker {

/// orig_elements is what Unstructured's API puts into metadata.orig_elements: the elements that a chunk was made from, as JSON in
/// zlib's format in base64. Empty when there is no memory.
std::string orig_elements(std::string_view text);

}  // namespace gatehouse::chunker
