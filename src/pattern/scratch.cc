#include <algorithm>

#include "pattern/state.h"

namespace gatehouse::pattern {
namespace {

constexpr size_t kScanMax = UINT32_MAX;  // hs_scan's length

}  // namespace

struct Scratch::Scan {
  Scratch* scratch;
  const Database::State* state;
  ByteView text;
  const Calls& calls;
  bool failed = false;
};

uint64_t confirm_steps(size_t text_bytes) { return kConfirmSteps + kConfirmStepsPerByte * text_bytes; }

Scratch::Scratch() = default;
Scratch::~Scratch() { hs_free_scratch(scratch_); }

bool Scratch::fit(const Database& database) {
  if (database.empty()) return true;
  if (hs_alloc_scratch(database.state_->compiled, &scratch_) != HS_SUCCESS) return false;
  if (!database.state_->confirms) return true;
  if (confirmer_ == nullptr) confirmer_ = std::make_unique<Confirmer>();
  if (asked_.size() < database.state_->entries.size()) asked_.resize(database.state_->entries.size());
  return confirmer_->ok();
}

/// Asks PCRE2 for the matches of one pattern in all of the text, once a scan. False: the scan is over.
bool Scratch::confirm(Scan& scan, uint32_t index) {
  const Database::State::Entry& entry = scan.state->entries[index];
  if (asked_[index] == scans_ || !scan.calls.wanted(scan.calls.of, entry.id)) return true;
  asked_[index] = scans_;
  for (size_t end = 0;;) {
    switch (confirmer_->find(*entry.confirmation, scan.text, end, &end)) {
      case Confirmer::Found::nothing: return true;
      case Confirmer::Found::failed: scan.failed = true; return false;
      case Confirmer::Found::match: break;
    }
    if (!scan.calls.on_match(scan.calls.of, entry.id, end)) return false;
    if (!scan.calls.wanted(scan.calls.of, entry.id)) return true;
  }
}

int Scratch::on_event(unsigned index, unsigned long long, unsigned long long to, unsigned, void* data) {
  auto& scan = *static_cast<Scan*>(data);
  const Database::State::Entry& entry = scan.state->entries[index];
  const bool on = entry.confirmation ? scan.scratch->confirm(scan, index)
                                     : scan.calls.on_match(scan.calls.of, entry.id, static_cast<size_t>(to));
  return on ? 0 : 1;
}

Scratch::Outcome Scratch::scan_with(const Database& database, ByteView text, uint64_t* steps, const Calls& calls) {
  if (database.empty()) return Outcome::ended;
  if (text.size() > kScanMax || scratch_ == nullptr || busy_) return Outcome::failed;
  const Database::State& state = *database.state_;
  if (state.confirms) {
    if (confirmer_ == nullptr || asked_.size() < state.entries.size()) return Outcome::failed;
    confirmer_->start(steps);
    if (++scans_ == 0) {  // counted round: no pattern may look asked
      std::fill(asked_.begin(), asked_.end(), 0);
      scans_ = 1;
    }
  }
  Scan scan{this, &state, text, calls};
  const char* bytes = text.data() != nullptr ? text.data() : "";
  busy_ = true;
  const hs_error_t error = hs_scan(state.compiled, bytes, static_cast<unsigned>(text.size()), 0, scratch_, on_event, &scan);
  busy_ = false;
  if (scan.failed) return Outcome::unconfirmed;
  switch (error) {
    case HS_SUCCESS: return Outcome::ended;
    case HS_SCAN_TERMINATED: return Outcome::stopped;
    default: return Outcome::failed;  // a number from a C library, not an enum
  }
}

}  // namespace gatehouse::pattern
