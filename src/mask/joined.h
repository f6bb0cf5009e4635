// Texts that continue one another, read as one. Included by mask/*.cc only.
#pragma once

#include "mask/columns.h"
#include "mask/known_values.h"
#include "mask/place.h"
#include "mask/strip.h"

namespace gatehouse::mask {

/// Taker is told which raw bytes are part of a value that goes over several texts.
class Taker {
 public:
  virtual ~Taker() = default;
  /// Part is how a value lies in a text.
  enum class Part : uint8_t {
    begin,   // it begins here, and this part gets its replacement
    rest,    // is taken out
    whole,   // all of it, as `begin`: the text may have shown it by itself, and is known better there
  };
  /// value: all of it.
  virtual void take(const Place& place, Style style, uint64_t raw, uint64_t length, Part part, const detect::Found& found,
                    ByteView value) = 0;
};

/// What all texts of a flow have in common.
struct FlowSite {
  ByteView pattern;
  ByteView field;
  Style style;
  detect::DetectorSet named;   // named_by_field(field)
  Columns* columns;    // of the table that the texts are in
};

/// Joined is the last part of the text that the texts of a flow make together, each with its place and where its bytes stand.
/// Texts may
/// overlap: then each shows the bytes they share. What is kept is bounded in bytes and in texts.
class Joined {
 public:
  void clear();
  bool empty() const { return text_.empty(); }
  ByteView view() const { return {text_.data(), text_.size()}; }
  /// recent: the end of it that may overlap with the next text; the same whenever detectors ran.
  ByteView recent() const;

  /// append adds a text of which the first `overlap` bytes are the last of what is there. sure: it is known to go on there. gap: so
  /// many blanks stood before it that no text shows; without overlap.
  void append(const Strip& strip, size_t overlap, bool sure, const uint64_t* numbers, size_t count, size_t gap = 0);
  /// extend adds the rest of the text that was appended last, of which a front is there; before any run() that shortened it.
  void extend(const Strip& strip);
  /// open_from says that detectors saw all before the text's byte `at` (of the last append) and `inside` what goes on there.
  void open_from(size_t at, const detect::Inside& inside, const KnownValues& known);
  /// look_from says that the next text repeats the last `overlap` bytes: they are looked through again, with `reach` before them.
  void look_from(size_t overlap, size_t reach);
  /// due: so much was added that run() is worth its call.
  bool due() const;
  /// run looks for values that go over more than one text; open: more text may follow. A value that is one by itself, and ends or
  /// begins
  /// where two texts meet, is not joined with what stands beyond, unless it is sure that it goes on there.
  void run(const Wanted& wanted, const FlowSite& site, bool open, Taker& taker);
  /// What goes on behind the text; after run().
  detect::Inside inside() const { return inside_.behind(text_.size() - from_); }
  /// open: bytes at the end that are the beginning of a value, or may be; after run().
  size_t open() const { return text_.size() - from_ - ahead_; }
  /// opens_near_border: what stands open began in the last text, so near its begin that the text before may have named it; after
  /// run().
  bool opens_near_border() const {
    const size_t from = from_ + ahead_, border = segments_.empty() ? 0 : segments_.back().begin;
    return from < text_.size() && from >= border && from - border < detect::kLeftBytes;
  }
  /// goes_over: a value that began before the last text goes on behind it, or may; or a long one goes into it, which the next text
  /// may repeat; after run().
  bool goes_over() const;
  /// front: the values that go over the begin of the last text, or begin near it, as they lie there behind a heading of `line`
  /// bytes. After run().
  KnownValues front(size_t line) const;
  /// over_border: one goes over it, or begins with it because that text repeats some of it. After run().
  bool over_border() const { return !front_.empty() && front_.begin()->value.begin <= segments_.back().begin; }
  /// held: where the raw bytes begin that a later run may still mark; false when there are none.
  bool held(uint64_t* raw) const;
  /// give_up marks the open tail when it looks like the beginning of a value (`as` names it), and lets go of it: later runs mark
  /// only what
  /// was added after.
  void give_up(const FlowSite& site, const detect::Found& as, Taker& taker);
  void copy(const Joined& from);
  size_t memory_bytes() const;

 private:
  struct Segment {
    uint32_t begin, end;   // of the text
    uint32_t knot, knots;  // the first, and how many
    uint32_t number, numbers;
    bool sure;             // that it goes on where the one before it ends
  };
  bool may_be_two(const Wanted& wanted, const FlowSite& site, detect::Found& found);
  bool stands_alone(const Wanted& wanted, const FlowSite& site, uint32_t begin, uint32_t end);
  enum class Lies : uint8_t {
    within,   // in one text, or in several each of which holds it whole: they were looked through
    around,   // likewise, so near an edge of one that what stands beyond may have made it a value
    over,     // over several
  };
  Lies lies(const detect::Found& found) const;
  bool reads_around(const Segment& segment, const detect::Found& found) const;
  size_t first_segment(size_t at) const;
  size_t segment_before(size_t i, size_t end) const;
  uint32_t judged_end(const detect::Found& found) const;
  bool look(const Wanted& wanted, const FlowSite& site, bool open, Taker& taker);
  void take_parts(const detect::Found& found, bool goes_on, const FlowSite& site, Taker& taker);
  void shorten();
  void drop_front(size_t count);

  Room<char> text_;
  Room<char> apart_;          // one side of a border
  Room<Segment> segments_;
  Room<Knot> knots_;          // text offsets from the segment's begin
  Room<uint64_t> numbers_;
  Room<detect::Found> found_, parts_, alone_;
  size_t from_ = 0;           // what stands before was looked through
  size_t floor_ = 0;          // a border that no value goes over: of what stands behind, nothing before it is context
  size_t added_ = 0;          // segments since the last run
  size_t seen_ = 0;           // text size at the last run
  size_t backward_ = 0;       // of the segments before it some begin before an earlier one; none behind
  uint64_t released_ = 0;     // raw bytes before may be gone
  uint64_t taken_ = 0;        // of these, values before have their replacement
  detect::Inside inside_;             // goes on at from_
  size_t ahead_ = 0;          // bytes behind from_ that were taken already, as parts of it: the same whenever detectors ran
  KnownValues long_;
  bool repeats_ = false;      // texts repeated some of those before them
  KnownValues front_;         // of the last text
  size_t again_ = SIZE_MAX;   // texts that came after the last run, and repeat some of it, begin here or behind
  TableRows rows_;            // of tables
};

}  // namespace gatehouse::mask
