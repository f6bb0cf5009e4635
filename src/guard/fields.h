// Addresses in an answer's head. Included by guard/*.cc and its tests only.
#pragma once

#include <vector>

#include "base/bytes.h"

namespace gatehouse::guard {

/// addresses_in collects what a field of an answer's head names that clients follow or fetch: of Location, Content-Location,
/// Operation-Location, Azure-AsyncOperation, URI and SourceMap the value; of Refresh its address, as browsers find it (HTML,
/// section 4.2.5.3); of Link each <address> (RFC 8288), and what stands between other signs or without, which requests
/// of Python takes for one. Views of `value`, in order and apart from each other, so that reading them is linear
/// however many they are; none is empty or has blanks around. `out` is cleared first.
void addresses_in(ByteView name, ByteView value, std::vector<ByteView>* out);

}  // namespace gatehouse::guard
