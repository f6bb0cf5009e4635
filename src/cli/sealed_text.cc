#include "cli/sealed_text.h"

#include <algorithm>

namespace gatehouse::cli {
namespace {

using record::Kind;
using record::Seal;

bool shut(Seal seal) { return seal != Seal::absent && seal != Seal::opened; }

/// worst is the later of both in the order of Seal, which goes from well to bad; absent and opened are both well.
void take(Seal seal, Seal* worst) {
  if (shut(seal) && (!shut(*worst) || seal > *worst)) *worst = seal;
}

}  // namespace

ByteView seal_name(Seal seal) {
  switch (seal) {
    case Seal::absent: return "absent";
    case Seal::opened: return "opened";
    case Seal::no_key: return "no_key";
    case Seal::wrong_key: return "wrong_key";
    case Seal::no_tenant: return "no_tenant_key";
    case Seal::wrong_tenant: return "wrong_tenant_key";
    case Seal::no_keys: return "no_keys";
    case Seal::damaged: return "damaged";
  }
  return "damaged";
}

std::string seal_text(Seal seal, const std::string& tenant) {
  switch (seal) {
    case Seal::absent:
    case Seal::opened: return {};
    case Seal::no_key: return "sealed; no key for it was given (--key FILE)";
    case Seal::wrong_key: return "sealed, but not for the key that was given";
    case Seal::no_tenant:
      return "sealed for tenant " + display(tenant) + ", whose key was not given (--key FILE); erased if it was destroyed";
    case Seal::wrong_tenant:
      return "sealed for tenant " + display(tenant) + ", but with another key than those of this tenant that were given";
    case Seal::no_keys: return "sealed, and the record with the wrapped keys is missing or damaged";
    case Seal::damaged: return "not as it was sealed: it was changed, moved or put in";
  }
  return {};
}

std::string sealed_part(const ExchangeRecords& exchange, ReplayPart part) {
  const bool request = part == ReplayPart::client_request || part == ReplayPart::origin_request;
  const bool auditor = part != ReplayPart::client_answer;
  Seal worst = Seal::absent;
  std::string tenant;
  for (const Recorded& each : exchange.records) {
    const Direction direction = request ? Direction::request : Direction::answer;
    const bool head = each.kind == (request ? Kind::request : Kind::outcome);
    if (!each.tenant.empty()) tenant = each.tenant;
    if (!head && !is_of(each, direction)) continue;
    if (auditor) take(each.auditor, &worst);
    if (!request) take(each.operations, &worst);   // what the client got is where what the origin said is made from
  }
  return seal_text(worst, tenant);
}

bool broken_seal(const ExchangeRecords& exchange) {
  return std::any_of(exchange.records.begin(), exchange.records.end(), [](const Recorded& each) {
    return each.operations >= Seal::no_keys || each.auditor >= Seal::no_keys;
  });
}

}  // namespace gatehouse::cli
