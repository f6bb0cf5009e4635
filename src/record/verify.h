// Is everything as it was written? What can be proved, with and without keys, and what cannot.
#pragma once

#include <functional>
#include <map>

#include "record/head_book.h"
#include "record/reader.h"

namespace gatehouse::record {

inline constexpr size_t kTenantsFollowedMax = 1 << 16;

/// VerifyOptions says what is looked at and by what it is judged.
struct VerifyOptions {
  std::string dir, ring_dir;             // as Reader::Options
  bool part = false;                     // only what is here is asked for: what was not copied is not missed
  const OpenKeys* keys = nullptr;        // contents of the tiers that they open are asked for
  std::vector<HeadKey> heads_keys;       // who may sign heads; given: heads are asked for
  std::vector<std::string> witnesses;    // files of heads that witnesses kept
  std::function<void(const Damage&)> problem;                  // each finding, as it is found
  size_t tenants_followed = kTenantsFollowedMax;   // exchanges of tenants that are open at once; more are not proved
  std::function<const char*(const RecordView&)> look = {};     // what is wrong within a record that is otherwise whole; or nullptr
};

/// TierVerified counts the records that have something of one tier.
struct TierVerified {
  uint64_t opened = 0;      // proved: unchanged since they were sealed
  uint64_t no_key = 0;      // sealed; none was given
  uint64_t failed = 0;      // sealed, and not to be opened with what was given: each kind is a finding
  uint64_t in_clear = 0;    // not sealed
};

/// TenantVerified counts a tenant's records, by their operations parts.
struct TenantVerified {
  uint64_t opened = 0;          // proved
  uint64_t no_tenant_key = 0;   // the tenant's key that sealed them was not given: if it was destroyed, they are erased
  uint64_t no_key = 0;          // no key of operations or an auditor was given
  uint64_t failed = 0;          // not to be opened with what was given
};

/// Verified is what was looked at and what came of it.
struct Verified {
  uint64_t records = 0;            // pads not counted
  uint64_t bytes = 0;              // of records
  uint64_t epochs = 0;
  uint64_t segments = 0;
  uint64_t exchanges = 0;          // that have a request record
  uint64_t problems = 0;
  uint64_t open = 0;               // exchanges without a close in epochs that go on

  uint64_t segments_expected = 0;  // that there were, as far as headers, heads and tombstones tell; without erased ones
  uint64_t segments_erased = 0;    // as tombstones say
  WallNs first = 0, last = 0;      // times of the first and the last record; 0: none
  uint64_t heads = 0, heads_expected = 0, heads_witnessed = 0;
  bool heads_believed = false;     // their key was given: else they prove no more than that they agree with each other
  std::vector<HeadKey> signers;
  uint64_t signed_records = 0;     // pads too: the chain leads from them to a signed place that fits
  uint64_t unsigned_records = 0;   // pads too
  uint64_t digested_bytes = 0;     // strict: under a signed digest that fits
  uint64_t undigested_bytes = 0;
  TierVerified operations, auditor;
  std::map<std::string, TenantVerified> tenants;   // by name
  uint64_t tenants_unfollowed = 0;  // exchanges of which it is not proved that all their records have their tenant's key
  uint64_t lost_records = 0, lost_bytes = 0;    // at the end of epochs, as heads tell
  uint64_t decisions = 0, decisions_bound = 0;  // records of rule.commit = "now"; of them, held against the request that they name
  uint64_t gaps = 0, gap_records = 0;           // written over before they were on disk, as the records themselves say
  std::vector<std::string> notes;  // what is no finding, and worth to be known
};

/// verify reads everything. Error: `dir` or a witness's file cannot be read.
Result<Verified, std::string> verify(const VerifyOptions& options);

/// The same for a reader that was opened already, without heads.
Verified verify(Reader& reader, const std::function<void(const Damage&)>& problem,
                const std::function<const char*(const RecordView&)>& look = {});

}  // namespace gatehouse::record
