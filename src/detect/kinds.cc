#include "detect/kinds.h"

#include "gatehouse/mask_map.h"

namespace gatehouse::detect {

static_assert(static_cast<int>(Detector::field) == GATEHOUSE_MASK_DETECTOR_FIELD);
static_assert(static_cast<int>(Detector::email) == GATEHOUSE_MASK_DETECTOR_EMAIL);
static_assert(static_cast<int>(Detector::us_ssn) == GATEHOUSE_MASK_DETECTOR_US_SSN);
static_assert(static_cast<int>(Detector::payment_card) == GATEHOUSE_MASK_DETECTOR_PAYMENT_CARD);
static_assert(static_cast<int>(Detector::custom) == GATEHOUSE_MASK_DETECTOR_CUSTOM);
static_assert(static_cast<int>(Evidence::copy) == GATEHOUSE_MASK_EVIDENCE_COPY);

namespace {

constexpr ByteView kDetectorNames[] = {
    "field", "email", "us_ssn", "payment_card", "phone", "iban", "us_itin", "uk_nino", "uk_nhs", "date_of_birth", "passport",
    "ipv4", "ipv6", "mac_address", "jwt", "aws_key", "gcp_key", "azure_key", "github_token", "slack_token", "stripe_key",
    "private_key", "password", "copy", "custom"};
static_assert(sizeof kDetectorNames / sizeof kDetectorNames[0] == kDetectors);
static_assert(static_cast<size_t>(Detector::custom) + 1 == kDetectors);

constexpr ByteView kEvidenceNames[] = {"none",  "pattern",      "structure",  "checksum", "luhn",
                                       "mod97", "context_word", "field_name", "copy"};

/// The detectors from first to last.
constexpr DetectorSet range(Detector first, Detector last) { return (set_of(last) << 1) - set_of(first); }

constexpr DetectorSet kPersonal = range(Detector::email, Detector::passport);
constexpr DetectorSet kNetwork = range(Detector::ipv4, Detector::mac_address);
constexpr DetectorSet kSecrets = range(Detector::jwt, Detector::password);

struct SetName {
  ByteView name;
  DetectorSet set;
};
constexpr SetName kSets[] = {{"default", kPersonal | kNetwork | kSecrets},
                             {"all", kPersonal | kNetwork | kSecrets | set_of(Detector::custom)},
                             {"personal", kPersonal},
                             {"network", kNetwork},
                             {"secrets", kSecrets}};

}  // namespace

ByteView detector_name(Detector detector) {
  const auto code = static_cast<size_t>(detector);
  return code < kDetectors ? kDetectorNames[code] : "unknown";
}

ByteView evidence_name(Evidence evidence) {
  const auto code = static_cast<size_t>(evidence);
  return code < sizeof kEvidenceNames / sizeof kEvidenceNames[0] ? kEvidenceNames[code] : "unknown";
}

bool detector_from_name(ByteView name, Detector* out) {
  for (size_t code = 0; code < kDetectors; ++code) {
    const auto detector = static_cast<Detector>(code);
    if (name != kDetectorNames[code] || detector == Detector::field || detector == Detector::copy) continue;
    *out = detector;
    return true;
  }
  return false;
}

bool detectors_from_name(ByteView name, DetectorSet* out) {
  for (const SetName& set : kSets) {
    if (name != set.name) continue;
    *out = set.set;
    return true;
  }
  Detector detector;
  if (!detector_from_name(name, &detector)) return false;
  *out = set_of(detector);
  return true;
}

}  // namespace gatehouse::detect
