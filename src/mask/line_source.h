// NDJSON: each line is a document.
#pragma once

#include "mask/json_source.h"
#include "mask/source.h"

namespace gatehouse::mask {

/// LineSource walks the lines of NDJSON and its vendor types; each must be one JSON document or blank, else the body is refused.
/// Lines may be of any length. Texts of the same path continue one another from line to line. Places are "line 3 /text".
class LineSource : public Source {
 public:
  void start(const Task& task, uint64_t at) override;
  bool feed(uint64_t at, ByteView bytes) override;
  bool finish() override;
  bool flushes() const override { return !begun_; }
  size_t memory_bytes() const override { return json_.memory_bytes(); }

 private:
  bool end_line();

  Task task_{};
  JsonSource json_;
  bool begun_ = false;     // the line at hand has something
  uint64_t number_ = 0;    // of the line at hand, from 1
};

/// OneDocument is a body that is one JSON document. Places are pointers.
class OneDocument : public Source {
 public:
  void start(const Task& task, uint64_t at) override;
  bool feed(uint64_t at, ByteView bytes) override { return json_.feed(at, bytes); }
  bool finish() override { return json_.finish(); }
  size_t memory_bytes() const override { return json_.memory_bytes(); }

 private:
  JsonSource json_;
};

}  // namespace gatehouse::mask
