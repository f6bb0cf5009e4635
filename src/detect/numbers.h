// The detectors that share one look at a sequence of digits. Each judges whether a value begins at the first group, adds it, and
// returns how many groups it took, 0 when none begins. Included by detect/*.cc only.
#pragma once

#include "detect/alone.h"
#include "detect/finder.h"
#include "detect/sequence.h"

namespace gatehouse::detect {

size_t find_card(Sight& sight, const Sequence& groups);
size_t find_social(Sight& sight, const Sequence& groups);
size_t find_nhs(Sight& sight, const Sequence& groups);
size_t find_insurance(Sight& sight, const Sequence& groups);
size_t find_phone(Sight& sight, const Sequence& groups);
/// A date in the cell, or right, behind an SSN or an insurance number.
size_t find_birth_in_row(Sight& sight, const Sequence& groups);

/// is_card_number judges a number by its value; is_itin and is_nhs nine and ten digits.
bool is_card_number(ByteView number);
bool is_itin(const char* digits);
bool is_nhs(const char* digits);

/// What holds the groups of cards, SSNs and the like together: one separator, the same all over, or emphasis.
inline bool holds(char before) { return before == ' ' || before == '-' || before == '.' || before == '*'; }

/// unbound: nothing right before or behind the first `count` groups makes them part of a longer thing, a fraction or a hash.
bool unbound(const Sequence& groups, size_t count);

}  // namespace gatehouse::detect
