// Forms (application/x-www-form-urlencoded), where masks have paths.
#pragma once

#include <optional>
#include <string>

#include "mask/fields.h"
#include "mask/source.h"
#include "mask/texts.h"

namespace gatehouse::mask {

/// FormSource shows a form as one text, but for the values of fields that a path names: each of these is one by itself, without its
/// escapes, so that a hash is that of the value. A name is read without its own, up to kNameMax bytes of it as sent; with a longer
/// one the body is refused. Its place is "text".
class FormSource : public Source {
 public:
  static constexpr size_t kNameMax = 4096;

  void start(const Task& task, uint64_t at) override;
  bool feed(uint64_t at, ByteView bytes) override;
  bool finish() override;
  size_t memory_bytes() const override {
    return sizeof *this + texts_.memory_bytes() + name_.capacity() + plain_.capacity() + bends_.capacity() * sizeof(Bend);
  }

 private:
  bool split(ByteView text, bool last);
  bool show(ByteView text, bool last);
  size_t decode(ByteView text, bool last);
  void turn(uint8_t rule);
  uint8_t rule_of_name();

  Task task_;
  Texts texts_;
  Site site_;
  Around around_;
  Fields fields_;
  bool ruled_ = false;     // some mask has paths
  bool in_value_ = false;
  bool started_ = false;
  std::string name_;       // of the field at hand
  Room<char> plain_;       // a part of a value that a path names, and where its escapes stood
  Room<Bend> bends_;
  uint64_t next_ = 0;      // the first byte not yet shown
  uint64_t end_ = 0;       // of the bytes that came
};

}  // namespace gatehouse::mask
