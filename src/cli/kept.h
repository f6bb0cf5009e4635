// What of an exchange the records do not keep because its rule says so.
#pragma once

#include "cli/recorded.h"

namespace gatehouse::cli {

/// not_kept says in one line what of a part is not in the records by configuration (rule.record); empty: all of it should be.
std::string not_kept(const ExchangeRecords& exchange, ReplayPart part);

/// coded_note says in one line that a request's body stands in the records without its content coding, and how far; empty: it
/// does not.
std::string coded_note(const ExchangeRecords& exchange);

}  // namespace gatehouse::cli
