// One exchange as a line: what its records have said so far, and whether somebody who searches means it.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/record_index.h"

namespace gatehouse::cli {

/// Row is one exchange as far as its entries have gone by. Texts are hostile.
struct Row {
  ExchangeId id;
  record::Epoch epoch;
  WallNs began = 0;
  std::vector<std::string> groups, claims, rules, guards, masks, certificate_names;
  std::vector<std::string> hits;                     // guards that found something, once for each time
  std::vector<std::string> blocked_by, asked_by;     // those that refused the request, or wanted a person to look at it
  std::string client, proof, issuer, subject, token_id, certificate, method, path, route, origin, verdict, step, ended_by;
  std::string approval_by, request_id, traceparent;
  uint64_t reason = 0, status = 0, changes = 0, to_origin = 0, to_client = 0, took = 0, identity_expires = 0;
  uint64_t detectors = 0;
  bool closed = false;
  bool recovered = false;
  bool sealed = false;         // a part of its records is, and was not opened
  bool granted = false;        // a person did

  void see(const IndexEntry& entry);
  /// state is closed, cut off, held or open.
  std::string state() const;
  uint64_t bytes() const { return to_origin + to_client; }
  bool ended() const { return closed || reason != 0; }

 private:
  void see_section(record::Kind kind, record::Tag tag, ByteView value);
};

/// OpenRows are the exchanges that entries have gone by of and that were not taken out yet.
class OpenRows {
 public:
  /// see returns the row that the entry is of; nullptr for entries of no exchange, and for what comes late of one taken out: its
  /// decision is in a stream of its own, and one that was taken out open goes on.
  Row* see(const IndexEntry& entry);
  const std::map<ExchangeId, Row>& all() const { return rows_; }
  Row take(ExchangeId id);

 private:
  static constexpr size_t kRememberedMax = 1 << 16, kLeftOpenMax = 1 << 17;
  std::map<ExchangeId, Row> rows_;
  std::set<ExchangeId> gone_;
  std::deque<ExchangeId> gone_in_order_;
  std::set<ExchangeId> left_open_;   // taken out, and not closed yet
};

/// joined lists words with commas.
std::string joined(const std::vector<std::string>& words);

/// detector_names of a set of bits.
std::vector<std::string> detector_names(uint64_t detectors);

/// RecordFilter says which exchanges are meant: those for which all that is set holds. Texts are compared whole, with * for any.
struct RecordFilter {
  std::string identity;     // subject, token id, or name or SHA-256 of the certificate
  std::string subject, group, origin, route, rule, guard, detector, reason, claim;
  std::string correlation;  // request id, traceparent, or the trace id in it
  std::string job;          // a claim to the letter
  std::string text;         // stands in one of the texts of the row; letters' case counts
  WallNs since = 0, until = UINT64_MAX;
  uint64_t bytes_min = 0, bytes_max = UINT64_MAX;   // of both bodies

  enum class Match : uint8_t { no, yes, sealed };   // sealed: what would tell is sealed, and was not opened
  Match match(const Row& row) const;
};

}  // namespace gatehouse::cli
