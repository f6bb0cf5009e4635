// What a token request carries: form fields (RFC 6749 appendix B) and HTTP Basic credentials (RFC 7617).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"

namespace gatehouse::issuer {

/// read_form decodes application/x-www-form-urlencoded; nullopt for broken escapes and repeated names.
std::optional<std::map<std::string, std::string>> read_form(ByteView body);

/// read_basic decodes an Authorization value into client id and secret; nullopt when it is none.
std::optional<std::pair<std::string, std::string>> read_basic(ByteView authorization);

}  // namespace gatehouse::issuer
