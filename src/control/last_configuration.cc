#include "control/last_configuration.h"

#include <algorithm>

#include "config/note.h"
#include "crypto/digest.h"
#include "record/in_force.h"

namespace gatehouse::control {
namespace {

using store::Blob;
using store::Row;

constexpr const char* kLastTables[] = {
    ("CREATE TABLE IF NOT EXISTS last_configuration (one INTEGER NOT NULL PRIMARY KEY, process BLOB NOT NULL, version INTEGER NOT"
     " NULL, policy_hash BLOB NOT NULL, digest BLOB NOT NULL, signature BLOB NOT NULL) STRICT"),
    ("CREATE TABLE IF NOT EXISTS last_values (section TEXT NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
     " PRIMARY KEY (section, name, key)) STRICT, WITHOUT ROWID")};

ByteView view(const ExchangeId& id) { return view_of(std::span<const uint8_t>(id.bytes)); }

/// digest_of tells two of them apart whatever stands in their texts: each comes with its size.
crypto::Sha256 digest_of(const KeptConfiguration& one) {
  crypto::Sha256Stream stream;
  const auto add = [&stream](ByteView text) {
    const uint64_t size = text.size();
    char bytes[8];
    for (size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<char>(size >> (8 * i));
    stream.add({bytes, sizeof bytes});
    stream.add(text);
  };
  add("gatehouse last configuration 1");
  add(view(one.process));
  add(std::to_string(one.version));
  add(view_of(std::span<const uint8_t>(one.policy_hash)));
  for (const auto& [section, named] : one.inventory)
    for (const auto& [name, values] : named)
      for (const auto& [key, value] : values)
        for (const std::string* each : {&section, &name, &key, &value}) add(*each);
  return stream.finish();
}

template <size_t N>
bool copy_to(ByteView bytes, std::array<uint8_t, N>* out) {
  if (bytes.size() != N) return false;
  std::copy_n(u8(bytes.data()), N, out->begin());
  return true;
}

/// without_empty: a name without values has no row, and says nothing.
config::Inventory without_empty(config::Inventory all) {
  for (auto& [section, named] : all) std::erase_if(named, [](const auto& each) { return each.second.empty(); });
  std::erase_if(all, [](const auto& each) { return each.second.empty(); });
  return all;
}

}  // namespace

Result<Done, std::string> LastConfiguration::open() {
  for (const char* table : kLastTables)
    if (auto made = store_.run(table); !made) return Failure{made.error()};
  return Done{};
}

Result<Done, std::string> LastConfiguration::keep(const KeptConfiguration& one, const crypto::PrivateKey* key) {
  KeptConfiguration kept = one;
  kept.inventory = without_empty(std::move(kept.inventory));
  const crypto::Sha256 digest = digest_of(kept);
  const ByteView sum = view_of(std::span<const uint8_t>(digest));
  const std::string signature = key != nullptr ? key->sign(sum) : std::string();
  return store_.all_or_none([&]() -> Result<Done, std::string> {
    for (const char* each : {"DELETE FROM last_configuration", "DELETE FROM last_values"})
      if (auto gone = store_.run(each); !gone) return Failure{gone.error()};
    auto put = store_.run("INSERT INTO last_configuration VALUES (1, ?, ?, ?, ?, ?)",
                          {Blob{view(kept.process)}, static_cast<int64_t>(kept.version),
                           Blob{view_of(std::span<const uint8_t>(kept.policy_hash))}, Blob{sum}, Blob{signature}});
    if (!put) return Failure{put.error()};
    for (const auto& [section, named] : kept.inventory)
      for (const auto& [name, values] : named)
        for (const auto& [word, value] : values)
          if (put = store_.run("INSERT INTO last_values VALUES (?, ?, ?, ?)", {section, name, word, value}); !put)
            return Failure{put.error()};
    return Done{};
  });
}

Result<LastConfiguration::Read, std::string> LastConfiguration::read(const crypto::PrivateKey* key) {
  Read out;
  KeptConfiguration kept;
  std::string digest, signature;
  size_t rows = 0;
  bool good = true;
  const char* const all = "SELECT process, version, policy_hash, digest, signature FROM last_configuration";
  auto walked = store_.each(all, {}, [&](const Row& row) {
    ++rows;
    good = good && copy_to(row.blob(0), &kept.process.bytes) && copy_to(row.blob(2), &kept.policy_hash);
    kept.version = static_cast<uint64_t>(row.integer(1));
    digest = row.blob(3);
    signature = row.blob(4);
    return true;
  });
  if (!walked) return Failure{walked.error()};
  walked = store_.each("SELECT section, name, key, value FROM last_values", {}, [&](const Row& row) {
    kept.inventory[std::string(row.text(0))][std::string(row.text(1))][std::string(row.text(2))] = row.text(3);
    return true;
  });
  if (!walked) return Failure{walked.error()};
  if (rows == 0 && kept.inventory.empty()) return out;
  const crypto::Sha256 sum = digest_of(kept);
  const ByteView found = view_of(std::span<const uint8_t>(sum));
  const char* doubt = nullptr;
  if (rows != 1 || !good || digest != found) doubt = "was changed";
  else if (key == nullptr && !signature.empty()) doubt = "is signed, and no key that signs is named any more";
  else if (key != nullptr && signature.empty()) doubt = "is not signed";
  else if (key != nullptr && !key->public_key().verify(found, signature)) doubt = "is signed by another key";
  if (doubt != nullptr) out.doubt = std::string("what the store keeps of the configuration before ") + doubt;
  out.kept = std::move(kept);
  return out;
}

config::SnapshotNote note_start(const LastConfiguration::Read& last, const std::string& dir, const ExchangeId& own,
                                const config::Inventory& fresh, const config::Snapshot& snapshot) {
  const config::Inventory said = without_empty(fresh);
  config::SnapshotNote note = config::note_of(last.kept ? &last.kept->inventory : nullptr, said, "start");
  std::vector<std::string> doubts;
  if (!last.doubt.empty()) doubts.push_back(last.doubt);
  ExchangeId process;
  record::InForce recorded;
  if (auto folder = record::open_folder(dir)) {
    process = record::latest_process(*folder, own);
    if (!process.is_nil()) recorded = record::read_in_force(*folder, process);
  }
  if (!last.kept && process.is_nil()) {
    note.changes.push_back("there is no configuration before: nothing was recorded here, and the store knows of none");
  } else if (!last.kept) {
    doubts.push_back("the configuration before is not known: the store has none, and process " + exchange_id_text(process) +
                     " recorded here");
  } else if (process.is_nil() || process != last.kept->process) {
    doubts.push_back("the records of process " + exchange_id_text(last.kept->process) + ", whose configuration the store keeps, " +
                     (process.is_nil() ? "are not here"
                                       : "are not the newest: " + exchange_id_text(process) + " recorded after it"));
  } else if (recorded.version == 0) {
    doubts.push_back("the records do not say which configuration was in force last");
  } else if (recorded.version != last.kept->version ||
             recorded.policy_hash != view_of(std::span<const uint8_t>(last.kept->policy_hash))) {
    const char* const text = recorded.version == last.kept->version ? " with another text" : "";
    doubts.push_back("the store keeps version " + std::to_string(last.kept->version) +
                     " of the configuration before, the records have " + std::to_string(recorded.version) + text);
  }
  if (recorded.signed_heads && snapshot.heads_key == nullptr)
    doubts.push_back("process " + exchange_id_text(process) + " signed heads, and now nobody does");
  note.alerts.insert(note.alerts.begin(), doubts.begin(), doubts.end());
  return note;
}

}  // namespace gatehouse::control
