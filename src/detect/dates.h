// Dates, as people write the one on which they were born.
#pragma once

#include "base/bytes.h"

namespace gatehouse::detect {

struct Date {
  size_t end = 0;  // 0: no date
  unsigned year = 0;  // 0 to 99 when it is written with two digits
};

/// kDateMax is how many bytes a date has at most.
inline constexpr size_t kDateMax = 52;

/// date_at reads the date that begins at text[at]: 1944-01-08, 8.1.1944, 01/08/44, 19440108, 8 January 1944, January 8th, 1944,
/// 8 de enero de 1944, 8. Januar 1944, 1944. január 8., 1944年1月8日. Months in the languages of Europe that dates.cc names. A
/// number that stands right before or behind is not looked at.
Date date_at(ByteView text, size_t at);

/// may_be_date tells whether a digit or the name of a month stands at text[at]: with more text it may become a date.
bool may_be_date(ByteView text, size_t at);

}  // namespace gatehouse::detect
