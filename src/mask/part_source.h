// Multipart answers: each part is a body of its own.
#pragma once

#include <optional>

#include "codec/multipart.h"
#include "mask/body.h"
#include "mask/fields.h"
#include "mask/part_base64.h"

namespace gatehouse::mask {

/// PartSource reads multipart/mixed, form-data and their like, also without closing boundary, also nested. The values of heads are
/// texts. Parts are read as bodies of their own: JSON, tables, text …; base64 is taken off and put on again, so is what
/// compresses a part of up to kTextWhole bytes. The data of images, archives, PDF is dropped. Refused: what
/// codec::Multipart refuses, other transfer encodings, larger compressed parts, parts that cannot be inspected.
/// A field mask whose path is the name of a form-data part ("email", or "*.email" of nested ones) covers its data. Places are
/// "part 2 /0/text", "part 2 Content-Disposition".
class PartSource : public Source {
 public:
  PartSource(std::string boundary, bool form_data) : boundary_(std::move(boundary)), form_data_(form_data) {}

  void start(const Task& task, uint64_t at) override;
  bool feed(uint64_t at, ByteView bytes) override;
  bool finish() override;
  bool flushes() const override { return way_ == Way::none; }
  size_t memory_bytes() const override { return sizeof *this + body_.memory_bytes() + base64_.memory_bytes(); }

 private:
  friend class codec::Multipart;
  enum class Way : uint8_t {
    none,      // between two parts
    unknown,   // the first bytes of its data are awaited
    body,      // a body
    base64,    // one in base64
    packed,    // one that is compressed: collected
    drop,      // nothing of it may stay
  };

  // codec::Multipart's visitor
  void framing(ByteView raw, uint64_t offset);
  ByteView begin(const codec::PartHead& head);
  void data(ByteView bytes, uint64_t offset);
  void end(uint8_t depth);

  void show_head(const codec::PartHead& head);
  void choose_way(bool whole);
  void take(uint64_t at);
  Task task_of_part() const;
  void fail() { failed_ = true; }
  void put(uint64_t at, uint64_t length, ByteView text);

  const std::string boundary_;
  const bool form_data_;
  Task task_{};
  std::optional<codec::Multipart> multipart_;
  Fields fields_;
  Body body_;
  PartBase64 base64_;
  Typed typed_;
  std::string content_type_, name_;
  bool coded_base64_ = false;
  bool compressed_ = false;
  uint8_t rule_ = kNoRule;       // that covers the part
  uint8_t strongest_ = kNoRule;  // that is named where something was dropped
  Way way_ = Way::none;
  Around around_;
  uint64_t at_ = 0;              // of the body's first byte
  uint64_t part_ = 0;            // where the part's data begins
  uint64_t end_ = 0;             // of its data so far
  uint64_t number_ = 0;
  bool failed_ = false;
};

}  // namespace gatehouse::mask
