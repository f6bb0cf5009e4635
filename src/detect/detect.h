// Detectors: where in a text something stands that must not be seen. Exact work on candidates.
#pragma once

#include "base/room.h"
#include "detect/kinds.h"

namespace gatehouse::detect {

class CustomScan;  // the configured detectors of a plan, and one thread's memory for them
struct Called;      // finder.h
struct Cells;       // cells.h

/// Wanted is which detectors are asked. The scan outlives each call; null when `set` holds no custom.
struct Wanted {
  DetectorSet set = 0;
  CustomScan* custom = nullptr;
  const Called* called = nullptr;   // called_for(set), where somebody keeps it; outlives each call

  bool any() const { return set != 0; }
  bool has(Detector detector) const { return (set & set_of(detector)) != 0; }
  bool any_of(DetectorSet some) const { return (set & some) != 0; }
};

/// kLeftBytes bounds what a decision reads before the value that it is about: text.from never needs to be larger, and a
/// longer context changes nothing.
inline constexpr size_t kLeftBytes = 64;

/// kOpenMax bounds what is held: an open tail is never longer.
inline constexpr size_t kOpenMax = 1024;

/// Inside is a value that goes on over the border of two texts that are one: what one call of detect() leaves for the next. Values
/// that overlap are one, of any length: a chain of them is cut where a text ends, as a long one is.
struct Inside {
  Detector detector = Detector::field;   // what the value is named after
  Evidence evidence = Evidence::none;
  uint8_t custom = 0;
  uint32_t covered = 0;      // bytes from the border on that belong to it whatever follows
  DetectorSet grows = 0;     // and behind them what goes on as a value of one of these kinds does

  bool any() const { return covered != 0 || grows != 0; }
  /// behind is what of it goes on so many bytes behind the border.
  Inside behind(size_t count) const {
    Inside rest = *this;
    rest.covered -= static_cast<uint32_t>(count < covered ? count : covered);
    return rest;
  }
};

/// Text is what is looked through. Views live as long as the call.
struct Text {
  static constexpr DetectorSet kUnasked = ~DetectorSet{0};

  ByteView bytes;    // UTF-8, kSimdPadding readable behind; an open one may end within a character
  size_t from = 0;   // what stands before is context only: no value begins there
  ByteView field{};  // the key or the column name, as written
  bool open = false; // more text may follow
  Inside* inside = nullptr;  // of one of several texts: what goes on at `from`, then what does at the tail. Null: nothing
  DetectorSet named = kUnasked;  // named_by_field(field), when it is known
  Cells* cells = nullptr;  // of a table in the text, which the names of their columns name; told of words that may head one
};

/// Found is one value: the bytes [begin, end) of the text, on character borders.
struct Found {
  uint32_t begin;
  uint32_t end;
  Detector detector;
  Evidence evidence;
  bool several;    // values that overlap are one, named after the leftmost
  bool open_end;   // goes on behind the open tail, its end: the next call is told so in Text.inside
  uint8_t custom;  // Detector::custom: which of the configured ones; Detector::field, a named cell of a table: the mask
  bool rest = false;   // of Text.inside; the first
};

/// detect lists the values in a text in order, without overlaps, and returns where the open tail begins: from there on more
/// text may make another value; the text's size when nothing may (always, when the text is not open). Values listed end
/// at or before the tail and stay as they are whatever follows, so that a caller may release all before it and call
/// again with the tail, what followed it, and up to kLeftBytes before it as context: any cut of a text gives the same values.
/// Linear in the text's length. *signs_end: behind all that finders were called at and looked through. Of the bytes from there on,
/// seen as a text of their own, only a name or a custom detector makes a value.
size_t detect(const Text& text, const Wanted& wanted, Room<Found>* found, size_t* signs_end = nullptr);

/// detect_number judges a number that stands by itself, such as JSON's, by its value and the name of its field: 4111111111111111,
/// 4111111111111111.0 and 4.111e15 are the same card. The sign does not matter. begin and end are the whole number.
bool detect_number(ByteView number, ByteView field, const Wanted& wanted, Found* found);

/// named_by_field returns which detectors the name of a key or column speaks of ("date_of_birth", "homePhone"). A text under such a
/// name may hold a value that nothing but the name gives away: look through it whatever Candidates says. A name that says
/// something holds a literal of the cheap pass itself, so that Candidates marks the key: of others do not ask.
DetectorSet named_by_field(ByteView field);
inline constexpr size_t kNamesAll = 96;   // bytes of a name that it reads

/// is_card judges 13 to 19 digits: Luhn's sum and an issuer's range and length.
bool is_card(const char* digits, size_t count);

/// is_ssn judges area, group and serial: nine digits.
bool is_ssn(const char* digits);

}  // namespace gatehouse::detect
