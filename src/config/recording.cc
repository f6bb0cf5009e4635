#include <algorithm>

#include "config/inspection.h"
#include "crypto/digest.h"

namespace gatehouse::config {
namespace {

constexpr size_t kKeyBytes = 32;

/// own_key is drawn once in a process, where no file is named: digests then tell what is equal as long as it lives.
std::shared_ptr<const crypto::HmacSha256> own_key(const Snapshot* previous) {
  if (previous != nullptr && previous->digest_key != nullptr && previous->digest_key_version.empty()) return previous->digest_key;
  uint8_t bytes[kKeyBytes];
  const ByteSpan key(reinterpret_cast<char*>(bytes), sizeof bytes);
  crypto::random_bytes(key);
  return std::make_shared<const crypto::HmacSha256>(crypto::Secret({key.data(), key.size()}).reveal());
}

}  // namespace

void build_records(const Config& config, const Snapshot* previous, Snapshot& snapshot, Report& report) {
  const RecordSettings& records = config.records;
  snapshot.record_block = records.on_full == record::OnFull::block;
  snapshot.record_gaps = records.on_full == record::OnFull::overwrite;
  std::vector<std::string> entries;
  for (const Text& each : records.erase) entries.push_back(each.value);
  snapshot.erase = erase::ErasePlan::make(entries);
  const auto keyed = [](const policy::Rule& rule) {
    return rule.keep == policy::Keep::masked || rule.keep == policy::Keep::digest;
  };
  // At the level full bodies in a content coding are kept as digests, too.
  const auto full = [](const policy::Rule& rule) { return rule.keep == policy::Keep::full; };
  const bool needed = std::any_of(config.rules.begin(), config.rules.end(), keyed);
  if (records.digest_key_file.value.empty()) {
    if (!needed && std::none_of(config.rules.begin(), config.rules.end(), full)) return;
    snapshot.digest_key = own_key(previous);
    if (!needed) return;
    report.warn(Code::digest_key, {}, "digests in records are under a key that nobody has").help =
        "they tell what is equal until the gateway is restarted; name a file in records.digest_key_file to try values out later";
    return;
  }
  const auto key = read_hash_key(records.digest_key_file, report);
  if (key == nullptr) return;
  snapshot.digest_key = std::make_shared<const crypto::HmacSha256>(key->reveal());
  snapshot.digest_key_version = crypto::hex(crypto::sha256(key->reveal())).substr(0, 16);
}

}  // namespace gatehouse::config
