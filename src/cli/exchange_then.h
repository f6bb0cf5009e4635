// What the records say of one exchange beside its bodies, and how far those are there: for whoever looks at them again.
#pragma once

#include <string>
#include <vector>

#include "cli/what_if_answer.h"
#include "record/stream.h"

namespace gatehouse::cli {

/// BodyThen counts one body as its pieces go by.
struct BodyThen {
  uint64_t pieces = 0;
  uint64_t bytes = 0;        // of it; of a masked answer as the origin sent it
  uint64_t next = 0;         // offset that the next piece must have
  bool kept = true;          // false: some piece is a digest
  bool sealed = false;       // some piece was not opened
  bool broken = false;       // some piece cannot be read, or is missing
  bool erased = false;       // secrets were taken out
};

/// ExchangeThen is filled record by record. Texts are hostile.
struct ExchangeThen {
  std::string level;         // what the rule kept: full, masked, heads, digest; empty: older records, full
  std::string client_head, origin_answer_head, client_answer_head;
  std::vector<GuardFinding> found, found_in_answer;
  uint64_t origin_status = 0;
  bool request = false, outcome = false, closed = false, recovered = false;
  bool request_complete = false, answer_complete = false, skipped = false;
  bool request_sealed = false, outcome_sealed = false;
  bool broken = false;       // a record of it was changed
  BodyThen asked, answered;
  BodyThen content;          // of a request in a content coding: without it
  bool coded = false;        // there is such content
  bool content_whole = false;   // all of it

  void see(const record::RecordView& view);
  /// kept_as says what the rule kept instead of all.
  std::string kept_as() const;

 private:
  void see_piece(const record::RecordView& view);
  void see_outcome(ByteView payload);
  uint64_t masked_bytes_ = 0;   // of the answer as it went out
};

/// findings_in is what guards found, as a record says; sorted.
std::vector<GuardFinding> findings_in(ByteView payload);

}  // namespace gatehouse::cli
