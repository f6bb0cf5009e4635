// `gatehouse records ...`: read what was recorded, while a gateway writes or after it died. The options
// come parsed and checked from main; the functions write to stdout, errors to stderr, and return an
// ExitCode. Everything from a record is hostile text: nothing unescaped reaches a terminal.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/exchange_id.h"

namespace gatehouse::record {
class OpenKeys;
}

namespace gatehouse::cli {

/// RecordsPlace is where the records are: from --config, or --dir and --rings.
struct RecordsPlace {
  std::string dir;       // segment files
  std::string ring_dir;  // worker rings
  std::shared_ptr<const record::OpenKeys> keys = nullptr;   // what opens sealed records; null: none was given
  std::string heads_key_file = {};   // of the configuration: who signs heads
};

/// ListFormat is how rows are written; automatic: a table on a terminal, else JSON lines.
enum class ListFormat : uint8_t { table, json, csv, automatic };

/// RecordsShow: everything that is known of one exchange.
struct RecordsShow {
  RecordsPlace place;
  ExchangeId id;
  bool json = false;
};

/// ReplayPart says which bytes of an exchange to re-make.
enum class ReplayPart : uint8_t { all, client_request, origin_request, origin_answer, client_answer };

/// RecordsReplay: the bytes as they were on the wire (after transfer coding), one part raw or all with
/// a heading each.
struct RecordsReplay {
  RecordsPlace place;
  ExchangeId id;
  ReplayPart part = ReplayPart::all;
  bool body_only = false;  // without the head
  std::string job;         // instead of the id: every exchange whose caller has this claim, name=value, in order
};

/// RecordsVerify: order, completeness and contents of all files and rings; kExitIo when anything is wrong or what was asked for
/// cannot be proved.
struct RecordsVerify {
  RecordsPlace place;
  std::vector<std::string> heads_keys;   // files of public keys that may sign heads, beside the configuration's
  std::vector<std::string> witnesses;    // files that witnesses kept
  bool part = false;                     // what is not here was not copied: it is not asked for
  bool json = false;
  std::optional<ExchangeId> explain;     // each step of the proof of this exchange
};

/// RecordsSnapshots: what came into force, in each worker's stream: who loaded it, what it changed, what of that weakens.
struct RecordsSnapshots {
  RecordsPlace place;
  bool json = false;     // one JSON object per line
};

int records_snapshots(const RecordsSnapshots& options);  // records_snapshots.cc
int records_show(const RecordsShow& options);      // records_show.cc
int records_replay(const RecordsReplay& options);  // records_replay.cc
int records_verify(const RecordsVerify& options);  // records_verify.cc
int records_explain(const RecordsVerify& options, const std::vector<std::array<uint8_t, 32>>& heads_keys);  // records_explain.cc

}  // namespace gatehouse::cli
