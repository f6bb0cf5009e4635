// The simulated writer thread, and what the records say: reads the ring by its published format alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "gatehouse/record_format.h"

namespace gatehouse::sim {

/// Entry is one record as the ring holds it.
struct Entry {
  uint16_t kind = 0;
  std::multimap<uint16_t, std::string> sections;

  const std::string* text(uint16_t tag) const;
  uint64_t number(uint16_t tag) const;  // 0 when absent
};

/// Tale is everything recorded of one exchange.
struct Tale {
  uint64_t first_entry = 0;  // running number of its request record
  uint32_t requests = 0, outcomes = 0, closes = 0;
  bool allowed = false;  // its request record has verdict allow
  std::string client_address;
  std::string client_head;
  std::string origin_head;
  std::string answer_head;
  std::vector<std::string> approval_steps;
  std::string to_origin, to_client;  // pieces in order
  std::string refusal;               // body of a refusal
  uint64_t digested = 0;             // bytes of a coded request body that digests stand for
  std::string content;               // and what came out of it
  bool content_whole = false;        // all of it, as a last piece says
  std::string from_origin;           // the answer's, with what masks changed undone
  uint64_t reason = 0;               // of the close record
  uint64_t delivered = 0;            // to_client_bytes of the close record
  bool full = false;                 // the level in its request record
  bool complete = false;             // its close record says that the whole request body came
  uint64_t close_entry = 0;
  uint64_t moved_entry = 0;          // of the last record of bytes: its request record, a piece
  uint64_t kept_entry = 0;           // of the last piece, of a refused body, too
  std::string problem;  // of order or form; empty when all is well
};

/// Scribe reads one worker's ring as a writer thread would.
class Scribe {
 public:
  explicit Scribe(ByteSpan ring) : ring_(ring) {}

  /// read takes in every record that is whole by now.
  void read();
  /// commit frees the ring's room up to what was read, as after a write to disk.
  void commit();
  /// refuse makes the log take nothing, as a writer thread does when the disk fails.
  void refuse(bool now) { std::atomic_ref(header().state).store(now ? 1 : 0, std::memory_order_release); }

  uint64_t entries() const { return entries_; }
  const std::map<std::string, Tale>& tales() const { return tales_; }
  const std::string& problem() const { return problem_; }

 private:
  void take(const Entry& entry, const std::string& exchange);
  void take_piece(const Entry& entry, Tale* tale);
  static void take_back(const Entry& entry, const std::string& body, Tale* tale);

  gatehouse_ring_header& header() const { return *reinterpret_cast<gatehouse_ring_header*>(ring_.data()); }
  void copy(uint64_t offset, char* out, size_t bytes) const;

  ByteSpan ring_;
  uint64_t at_ = 0;
  uint64_t entries_ = 0;
  std::map<std::string, Tale> tales_;
  std::string problem_;
};

}  // namespace gatehouse::sim
