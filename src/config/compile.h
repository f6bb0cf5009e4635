// Validated values and the files they name -> the snapshot that workers run on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/load.h"
#include "config/snapshot.h"
#include "identity/gateway_token.h"

namespace gatehouse::config {

/// RuntimeInputs is what a snapshot needs and no file says.
struct RuntimeInputs {
  uint64_t version = 1;
  uint32_t workers = 1;  // how many sets of TLS settings; at least 1
  tls::TicketKeys tickets;
  WallNs now = 0;  // for certificates that end soon; 0: not looked at
  /// Keys of issuers with jwks_url, by issuer index; null or absent: not fetched yet.
  std::vector<std::shared_ptr<const identity::KeySet>> fetched_keys;
  /// What compiled guards, masks and key sets may be taken from when their configuration is the same.
  const Snapshot* previous = nullptr;
  /// Whether compiled patterns are taken from gateway.cache_dir and kept there.
  bool cache = false;
};

/// compile reads the named files (credentials, certificates, keys, key sets) and builds a snapshot.
/// Takes up to a second when guards changed, little otherwise; never on a worker. Called again with the
/// same Config when a file changed or keys arrived. On failure every error is in the list; nothing of
/// the previous snapshot is touched.
Result<std::shared_ptr<Snapshot>, Diagnostics> compile(const Config& config, const RuntimeInputs& inputs);

/// compile_into is compile() with a report, warnings too; null when the report has errors, also those that
/// were there before: then all is checked and nothing is built.
std::shared_ptr<Snapshot> compile_into(const Config& config, const RuntimeInputs& inputs, Report& report);

/// put_gateway_keys gives a snapshot that is not published yet the gateway's own keys; nothing when it gives no tokens.
void put_gateway_keys(Snapshot& snapshot, std::shared_ptr<const identity::GatewayKeys> keys);

/// Prepared is a configuration file from end to end.
struct Prepared {
  Loaded loaded;                       // diagnostics: of loading and compiling
  std::shared_ptr<Snapshot> snapshot;  // null unless ok()
  bool ok() const { return snapshot != nullptr; }
};

/// prepare is what `check` and `serve` both call, so that they never judge differently.
Prepared prepare(const std::string& path, const RuntimeInputs& inputs);
Prepared prepare_text(std::string text, const std::string& name, const std::string& base_dir,
                      const RuntimeInputs& inputs);

/// load_sealing reads the key files that records are sealed for; complains where one is named that is not usable.
record::Sealing load_sealing(const RecordSettings& settings, Report& report);

/// build_tenants reads the tenants' secrets, after the routes were built, and gives the routes theirs; complains where one is
/// missing or not usable: nothing is recorded without a secret that is demanded.
void build_tenants(const Config& config, Snapshot& snapshot, Report& report);

/// load_heads_key reads the key that signs heads: null where none is named, or after a complaint.
std::shared_ptr<const crypto::PrivateKey> load_heads_key(const RecordSettings& settings, Report& report);

/// named_files are the files that compile() reads: when one changes, compile again.
std::vector<std::string> named_files(const Config& config);

}  // namespace gatehouse::config
