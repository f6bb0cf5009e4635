#include <cstdio>

#include "cli/exit_code.h"
#include "cli/recorded.h"
#include "mask/map.h"
#include "record/verify.h"

namespace gatehouse::cli {
namespace {

/// A slice of a masked answer must undo: else what the service said cannot be shown any more.
const char* look_at_map(const record::RecordView& record) {
  ByteView map, body;
  if (record.kind() != record::Kind::piece || !record::find_section(record.payload, record::Tag::mask_map, &map)) return nullptr;
  if (!record::find_section(record.payload, record::Tag::body, &body)) body = {};   // a mask may have taken all of it
  std::string original;
  return mask::undo(body, map, &original) ? nullptr : "the mask map does not fit the bytes beside it";
}

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
  }, look_at_map);
  print_totals(totals, options.json);
  const int written = flush_output();
  if (totals.problems > 0) return kExitIo;
  return written;
}

}  // namespace gatehouse::cli
