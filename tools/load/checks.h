// What makes an answer a good one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "load/tally.h"
#include "pattern/database.h"

namespace gatehouse::load {

/// Checks are the same for every answer of a run; one thread. Without any, a 2xx answer is good.
class Checks {
 public:
  void expect_status(std::vector<uint16_t> statuses) { statuses_ = std::move(statuses); }
  void expect_body(std::string body) { body_ = std::move(body); }
  /// forbid fails when a value is empty or not UTF-8.
  Result<Done, std::string> forbid(const std::vector<std::string>& values);

  bool reads_bodies() const { return body_.has_value() || !forbidden_.empty(); }
  bool reads_heads() const { return !forbidden_.empty(); }

  /// judge says what is wrong with a whole answer; nullopt when it is good. `text` holds head and body
  /// when reads_heads(), the body from `body_at` on when reads_bodies(). `coded`: the body is in a content coding.
  std::optional<Failed> judge(uint16_t status, ByteView text, size_t body_at, bool coded = false);

  /// seen returns the number (from 1) of the first forbidden value that was found; 0 when none was.
  uint32_t seen() const { return seen_; }
  /// why_forbidden says in words why an answer was counted as forbidden; empty when none was.
  std::string why_forbidden() const;

 private:
  std::vector<uint16_t> statuses_;
  std::optional<std::string> body_;
  pattern::Database forbidden_;
  pattern::Scratch scratch_;
  uint32_t seen_ = 0;
  bool coded_ = false;
};

}  // namespace gatehouse::load
