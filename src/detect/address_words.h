// What stands before four numbers with dots between: the name of a version, or of an address. Included by detect/*.cc only.
#pragma once

#include "base/bytes.h"

namespace gatehouse::detect {

/// names_version: the text before text[begin] (kLeftBytes of it at most) says that what begins there is a version, a section or an
/// object identifier: "version 1.2.3.4", "build=1.2.3.4", "curl/7.88.1.0", "name==1.2.3.4", "name-1.2.3.4".
bool names_version(ByteView text, size_t begin);

/// version_field and address_field: the name of a key or column says what it holds.
bool version_field(ByteView field);
bool address_field(ByteView field);
/// mac_named: a word for hardware addresses stands before text[begin], or names the field.
bool mac_named(ByteView text, size_t begin, ByteView field);

}  // namespace gatehouse::detect
