// What the forms of bodies have in common for who masks them: bytes in, texts to an editor.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <string>

#include "codec/sniff.h"
#include "mask/editor.h"
#include "mask/mask.h"

namespace gatehouse::mask {

/// Around is what stands before each place of a body that lies within another: "part \xff " and its number. Small, copied.
struct Around {
  static constexpr size_t kNumbersMax = 4;
  std::string pattern;
  std::array<uint64_t, kNumbersMax> numbers{};
  size_t count = 0;

  Place place() const { return {pattern, numbers.data(), count}; }
  /// with appends; `text` may hold one kNumber, which stands for `number`.
  Around with(ByteView text, uint64_t number) const {
    Around more = *this;
    more.pattern += text;
    if (text.find(kNumber) != ByteView::npos && more.count < kNumbersMax) more.numbers[more.count++] = number;
    return more;
  }
};

/// PlaceText puts a place together from what is around and what is here, without allocating. It must outlive the Place.
class PlaceText {
 public:
  explicit PlaceText(const Around& around) : count_(around.count) {
    add(around.pattern);
    for (size_t i = 0; i < count_; ++i) numbers_[i] = around.numbers[i];
  }
  PlaceText& add(ByteView text) {
    const size_t size = text.size() < kPlaceMax - length_ ? text.size() : kPlaceMax - length_;
    std::memcpy(pattern_ + length_, text.data(), size);
    length_ += size;
    return *this;
  }
  PlaceText& number(uint64_t value) {
    if (count_ < kMax && length_ < kPlaceMax) {
      pattern_[length_++] = kNumber;
      numbers_[count_++] = value;
    }
    return *this;
  }
  Place place() const { return {{pattern_, length_}, numbers_, count_}; }

 private:
  static constexpr size_t kMax = Around::kNumbersMax + 2;
  char pattern_[kPlaceMax];
  size_t length_ = 0;
  uint64_t numbers_[kMax];
  size_t count_;
};

class CopyMasker;

/// Task is what a source works on. All it names outlives the source's work on a body.
struct Task {
  Editor* editor;
  const Plan* plan;
  Selection masks;
  json::Leniency leniency;
  CopyMasker* copies;
  Around around;
  uint64_t flows = 1;      // documents with the same number continue one another
};

/// Flows of sources that are not JSON; JSON's own are hashes.
inline constexpr uint64_t kFlowText = uint64_t{1} << 61;      // + Task::flows
inline constexpr uint64_t kFlowLines = kFlowText + (uint64_t{1} << 32);
inline constexpr uint64_t kFlowColumns = kFlowText + (uint64_t{2} << 32);
inline constexpr uint64_t kFlowStrings = kFlowText + (uint64_t{3} << 32);

/// Source understands one form. Its bytes are in the editor before it is fed with them; it tells the editor how far it has
/// come (passed), and reads bytes that it has not passed again from there. One thread; reused.
class Source {
 public:
  virtual ~Source() = default;
  /// start begins a body whose first byte stands at `at`.
  virtual void start(const Task& task, uint64_t at) = 0;
  /// feed takes the next bytes, without gaps; they were appended at `at`, kSimdPadding readable behind. False: the body breaks
  /// its form or a bound, which is final.
  virtual bool feed(uint64_t at, ByteView bytes) = 0;
  /// finish says that the body ended. False as feed().
  virtual bool finish() = 0;
  /// flushes says that all that came so far should go on at once: an event or a line is complete.
  virtual bool flushes() const { return false; }
  virtual size_t memory_bytes() const = 0;
};

/// Reading is a form and the way in which it is read.
struct Reading {
  codec::Form form = codec::Form::unknown;   // json, ndjson, event_stream, csv, form_urlencoded, multipart, markup or text
  bool perhaps = false;                      // nobody said so: what stands beside the form's own texts is text, too
  bool said_text = false;                    // it was called a text
  std::string boundary;                      // multipart
  bool form_data = false;
};

/// make_source returns a source for a form; nullptr for one that has none.
std::unique_ptr<Source> make_source(const Reading& reading);

/// strongest_rule is the mask that is named where something is dropped that no detector found: that with detectors which wins
/// over the others, else that which wins over all. kNoRule when none is selected.
uint8_t strongest_rule(const Plan& plan, Selection masks);

/// whole_characters returns how many bytes of UTF-8 text are whole characters, up to three bytes less than all.
size_t whole_characters(ByteView text);

}  // namespace gatehouse::mask
