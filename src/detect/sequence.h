// Digits in groups, as people write long numbers: the groups of one run, one after the other.
#pragma once

#include "detect/finder.h"

namespace gatehouse::detect {

/// Group is digits that stand together.
struct Group {
  uint32_t begin, end;
  char before;  // what sets it apart from the group before: ' ' or '-' of any width, '.', '/', 'x' for two or three signs such
                // as ") " or " - ", a parenthesis; 0 for the first of the sequence
  uint32_t size() const { return end - begin; }
};

/// gap_at returns the length of what stands at text[at] between two groups of one number: one separator, or two or three that
/// are not all spaces; a digit follows. 0 when the sequence ends here.
size_t gap_at(ByteView text, size_t at, char* before);

/// Emphasis says whether a sequence goes on behind marks of emphasis at its digits: 4111 **1111**, which sets groups apart as what
/// stands beside the marks does; nothing beside them is '*'.
enum class Emphasis : uint8_t { ends, passed };

/// Sequence is a view that moves over the groups of one sequence. It shows up to kGroupsMax groups at a time.
class Sequence {
 public:
  static constexpr size_t kGroupsMax = 19;  // no number has more, however it is written

  /// The sequence around text[at], which is one of its bytes or the one behind it: from the first group that begins at or
  /// behind sight.from, sight.seen and sight.taken.
  Sequence(const Sight& sight, size_t at, Emphasis emphasis = Emphasis::ends);

  /// go_on moves the view to where a new one around the group that begins at `at` would be, and does so in fewer steps: what a text
  /// has of them is looked through once. False: that group is not shown, a new one is needed.
  bool go_on(const Sight& sight, size_t at);

  bool done() const { return count_ == 0; }
  size_t count() const { return count_; }
  const Group& operator[](size_t i) const { return groups_[first_ + i]; }
  ByteView text() const { return text_; }
  /// What stands before the group behind the i-th: 0 when that is the last one.
  char after(size_t i) const { return i + 1 < count_ ? (*this)[i + 1].before : '\0'; }
  /// How many digits the groups that are shown have.
  size_t left() const { return left_; }
  /// reaches tells whether the sequence may go on at `at` or behind it.
  bool reaches(size_t at) const { return more_ || (*this)[count_ - 1].end > at; }
  /// more tells whether groups follow those that are shown.
  bool more() const { return more_; }
  /// Where the sequence ends; when done(), or no more follow.
  size_t end() const { return next_; }
  void drop(size_t groups);

  /// The digits of the first `groups` groups, at most `most`; returns how many, 0 when there are more.
  size_t digits(size_t groups, char* out, size_t most) const;

 private:
  void fill();

  ByteView text_;
  Emphasis emphasis_;
  size_t next_;
  char before_ = '\0';  // of the group that comes next
  bool more_ = true;
  size_t first_ = 0;    // of groups_
  size_t count_ = 0;
  size_t left_ = 0;
  size_t dropped_ = 0;  // where the last group began that was dropped
  Group groups_[kGroupsMax];
};

}  // namespace gatehouse::detect
