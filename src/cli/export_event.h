// One exchange as an event: everything its records say but bodies and heads; and its text in the forms that collectors read.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "record/stream.h"

namespace gatehouse::cli {

inline constexpr size_t kEventBytesMax = 256 << 10;   // of one exchange's facts; the rest is left out, and said so

/// Event collects the records of one exchange. Bounded by kEventBytesMax.
class Event {
 public:
  Event() = default;
  Event(const ExchangeId& id, const record::Epoch& epoch) : id_(id), epoch_(epoch) {}

  /// see takes in a record of it; of pieces nothing is kept.
  void see(const record::RecordView& record);

  const ExchangeId& id() const { return id_; }
  const record::Epoch& epoch() const { return epoch_; }
  bool closed() const { return closed_; }
  bool whole() const { return closed_ && asked_ && !cut_; }   // its request and its end are in it
  WallNs began() const { return began_; }
  WallNs ended() const { return ended_; }

  ByteView text(record::Tag tag) const;       // the first one; empty: none
  uint64_t number(record::Tag tag) const;     // the last one, as later records know better; 0: none
  bool has(record::Tag tag) const;
  std::vector<ByteView> all(record::Tag tag) const;
  const std::vector<std::pair<record::Tag, std::string>>& sections() const { return sections_; }

 private:
  ExchangeId id_;
  record::Epoch epoch_;
  WallNs began_ = 0, ended_ = 0;
  bool asked_ = false, closed_ = false, cut_ = false;
  size_t bytes_ = 0;
  std::vector<std::pair<record::Tag, std::string>> sections_;
};

enum class ExportForm : uint8_t { jsonl, ocsf, otlp };

/// append_event writes the event as one line (OCSF: two where something was found in it), with its line end. The exchange id is
/// in each, as the key by which a receiver leaves out what it has already.
void append_event(std::string& out, const Event& event, ExportForm form);

/// otlp_request is a body for /v1/logs: the events as log records.
std::string otlp_request(const std::vector<Event>& events);

}  // namespace gatehouse::cli
