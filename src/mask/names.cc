#include "gatehouse/mask_map.h"
#include "mask/mask.h"

namespace gatehouse::mask {

static_assert(static_cast<int>(Detector::field) == GATEHOUSE_MASK_DETECTOR_FIELD);
static_assert(static_cast<int>(Detector::email) == GATEHOUSE_MASK_DETECTOR_EMAIL);
static_assert(static_cast<int>(Detector::us_ssn) == GATEHOUSE_MASK_DETECTOR_US_SSN);
static_assert(static_cast<int>(Detector::payment_card) == GATEHOUSE_MASK_DETECTOR_PAYMENT_CARD);
static_assert(static_cast<int>(Method::redact) == GATEHOUSE_MASK_METHOD_REDACT);
static_assert(static_cast<int>(Method::partial) == GATEHOUSE_MASK_METHOD_PARTIAL);

ByteView detector_name(Detector detector) {
  switch (detector) {
    case Detector::field: return "field";
    case Detector::email: return "email";
    case Detector::us_ssn: return "us_ssn";
    case Detector::payment_card: return "payment_card";
  }
  return "unknown";
}

bool detector_from_name(ByteView name, Detector* out) {
  for (const Detector detector : {Detector::email, Detector::us_ssn, Detector::payment_card}) {
    if (name != detector_name(detector)) continue;
    *out = detector;
    return true;
  }
  return false;
}

ByteView method_name(Method method) {
  switch (method) {
    case Method::redact: return "redact";
    case Method::partial: return "partial";
  }
  return "unknown";
}

}  // namespace gatehouse::mask
