// What detectors find: kinds of values, and what made a detector sure.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace gatehouse::detect {

/// Detector is a kind of value. Codes are written in records (gatehouse/mask_map.h) and never change. Field: not found but
/// named by a path; copy: an encoded copy or an image that could not be rewritten; custom: configured by the user.
enum class Detector : uint8_t {
  field = 0, email = 1, us_ssn = 2, payment_card = 3, phone = 4, iban = 5, us_itin = 6, uk_nino = 7, uk_nhs = 8,
  date_of_birth = 9, passport = 10, ipv4 = 11, ipv6 = 12, mac_address = 13, jwt = 14, aws_key = 15, gcp_key = 16,
  azure_key = 17, github_token = 18, slack_token = 19, stripe_key = 20, private_key = 21, password = 22, copy = 23, custom = 24,
};
inline constexpr size_t kDetectors = 25;

/// Evidence is what made a detector sure. Codes are written in records and never change.
enum class Evidence : uint8_t {
  none = 0,
  pattern = 1,       // it looks like one, and like little else
  structure = 2,     // its parts are what they must be: a registered country, a decoded header, ranges
  checksum = 3,      // a checksum other than the two below holds
  luhn = 4,          // Luhn's sum holds, and the issuer's range
  mod97 = 5,         // ISO 7064 mod 97-10 holds, and the country's length
  near_word = 6,  // a word near it names it
  field_name = 7,    // the key or column that it stands in names it
  copy = 8,          // it was found in an encoded copy
};

/// DetectorSet holds detectors as bits: bit d is Detector d.
using DetectorSet = uint64_t;
constexpr DetectorSet set_of(Detector detector) { return DetectorSet{1} << static_cast<unsigned>(detector); }

/// detector_from_name reads the configured name of one detector ("email"); field and copy are none that can be asked for.
bool detector_from_name(ByteView name, Detector* out);
/// detectors_from_name reads a name or the word of a set: "default" is every shipped detector, "all" these and the
/// configured ones, "personal" what belongs to persons, "secrets" what opens something, "network" addresses.
bool detectors_from_name(ByteView name, DetectorSet* out);
ByteView detector_name(Detector detector);
ByteView evidence_name(Evidence evidence);

}  // namespace gatehouse::detect
