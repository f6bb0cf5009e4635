#include <cstdio>

#include "cli/exit_code.h"
#include "cli/recorded.h"
#include "record/verify.h"

namespace gatehouse::cli {
namespace {

void print_json(const record::Damage& damage) {
  std::printf("{\"problem\":%s,\"file\":%s,\"offset\":%llu,\"sequence\":%llu", quoted(damage.what).c_str(),
              quoted(damage.file).c_str(), static_cast<unsigned long long>(damage.place),
              static_cast<unsigned long long>(damage.sequence));
  if (!damage.exchange.is_nil()) std::printf(",\"exchange_id\":\"%s\"", id_text(damage.exchange).c_str());
  std::puts("}");
}

void print_totals(const record::Verified& totals, bool json) {
  const auto n = [](uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(json ? "{\"records\":%llu,\"bytes\":%llu,\"exchanges\":%llu,\"open\":%llu,\"epochs\":%llu,"
                     "\"segments\":%llu,\"problems\":%llu}\n"
                   : "%llu records, %llu bytes, %llu exchanges (%llu still open), %llu epochs, %llu segments: "
                     "%llu problems\n",
              n(totals.records), n(totals.bytes), n(totals.exchanges), n(totals.open), n(totals.epochs),
              n(totals.segments), n(totals.problems));
}

}  // namespace

int records_verify(const RecordsVerify& options) {
  const auto reader = open_records(options.place);
  if (!reader) return kExitNoInput;
  const record::Verified totals = record::verify(*reader, [&](const record::Damage& damage) {
    if (options.json) print_json(damage);
    else std::printf("%s\n", damage_text(damage).c_str());
  });
  print_totals(totals, options.json);
  const int written = flush_output();
  if (totals.problems > 0) return kExitIo;
  return written;
}

}  // namespace gatehouse::cli
