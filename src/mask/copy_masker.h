// The engine's side of copies: what is inside of one is a body, masked by a stream of its own.
#pragma once

#include "mask/copies.h"
#include "mask/editor.h"

namespace gatehouse::mask {

class Stream;

/// CopyMasker looks into the texts of one body for its editor. Streams for what is inside are made when the first copy needs them
/// and kept. One thread.
class CopyMasker : public Encoded, private Inner {
 public:
  CopyMasker();
  ~CopyMasker() override;

  /// start: the masks of the body, and how many copies lie around it.
  void start(const Plan& plan, Selection masks, json::Leniency leniency, uint8_t depth);

  Encoded::Outcome look(ByteView text) override;
  Encoded::Outcome look_between(ByteView text, ByteView before, ByteView after) override;
  bool joins(ByteView text) override { return depth_ < kCopyDepth && copies_.joins(text); }
  bool hides(ByteView beginning) override { return Copies::hides(beginning); }
  /// look_packed: Copies::look_packed.
  Encoded::Outcome look_packed(ByteView bytes);

  /// inner starts a stream for a body within this one, of any form and length; nullptr when it lies too deep. It stays
  /// until give_back(), or start().
  Stream* inner(ByteView content_type);
  void give_back() { lent_ = false; }

  /// rest gives memory back that only copies need.
  void rest();
  size_t memory_bytes() const;

 private:
  Inner::Outcome mask(ByteView document, codec::Form form, uint8_t depth, Room<char>* out) override;
  Inner::Outcome mask_lines(ByteView documents, Room<char>* out) override;
  Inner::Outcome mask_as(ByteView content_type, ByteView document, Room<char>* out);
  Encoded::Outcome outcome_of(const Copies::Outcome& outcome);

  Copies copies_;
  std::unique_ptr<Stream> stream_;
  const Plan* plan_ = nullptr;
  Selection masks_ = 0;
  json::Leniency leniency_;
  uint8_t depth_ = 0;
  bool lent_ = false;
};

}  // namespace gatehouse::mask
