#include "mask/finder.h"

namespace gatehouse::mask {

constexpr Finder kTable[] = {
    {set_of(Detector::email), Sign::at, nullptr, 0, find_email},
    {set_of(Detector::payment_card) | set_of(Detector::us_ssn), Sign::run, nullptr, 0, find_numbers},
};
const Finder* const kFinders = kTable;
const size_t kFinderCount = sizeof kTable / sizeof kTable[0];

}  // namespace gatehouse::mask
