// Inside identity/: names and small forms that SAML documents are made of.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"
#include "xml/document.h"

namespace gatehouse::identity {

inline constexpr ByteView kSamlAssertionSpace = "urn:oasis:names:tc:SAML:2.0:assertion";
inline constexpr ByteView kSamlMetadataSpace = "urn:oasis:names:tc:SAML:2.0:metadata";
inline constexpr ByteView kSamlProtocol = "urn:oasis:names:tc:SAML:2.0:protocol";
inline constexpr ByteView kSignatureSpace = "http://www.w3.org/2000/09/xmldsig#";
inline constexpr ByteView kExclusiveForm = "http://www.w3.org/2001/10/xml-exc-c14n#";

inline constexpr size_t kSamlIdBytesMax = 256;
inline constexpr size_t kEntityIdBytesMax = 1024;   // saml-metadata 2.2.1

/// saml_id: a text that is an xs:ID of ASCII (a letter or '_', then letters, digits, '_', '-', '.'), so that a URI that
/// refers to it has one form; at most kSamlIdBytesMax.
bool is_saml_id(ByteView text);

/// read_saml_date reads an xs:dateTime in UTC ("Z", seconds with any fraction), 1970 to 2499; nothing for other zones, leap
/// seconds and 24:00.
std::optional<WallNs> read_saml_date(ByteView text);

/// read_date reads a date attribute that may be absent; false when it is there and is no date.
bool read_date(xml::Element element, ByteView name, std::optional<WallNs>* out);

/// decode_base64_text decodes an element's text with blanks and line ends anywhere; nothing when it is no base64.
std::optional<std::string> decode_base64_text(xml::Element element);

}  // namespace gatehouse::identity
