// What of an exchange is sealed and was not opened, in words.
#pragma once

#include <string>

#include "cli/recorded.h"

namespace gatehouse::cli {

/// seal_name is how JSON calls it: absent, opened, no_key, wrong_key, no_tenant_key, wrong_tenant_key, no_keys or damaged.
ByteView seal_name(record::Seal seal);

/// seal_text says why a part was not opened; empty when it was, or is not there. `tenant` is whose the record is.
std::string seal_text(record::Seal seal, const std::string& tenant);

/// sealed_part says in one line why a part of an exchange cannot be shown; empty when nothing of it is sealed that was not opened.
std::string sealed_part(const ExchangeRecords& exchange, ReplayPart part);

/// broken_seal: a record of the exchange is not as it was sealed, or the keys record that would open it is missing.
bool broken_seal(const ExchangeRecords& exchange);

}  // namespace gatehouse::cli
