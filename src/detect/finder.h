// How a detector takes part in detect(): where it asks to be called, and what it is given.
//
// To add one: write `size_t find_x(Sight& sight, size_t at)` in x.cc, declare it below, and give it a row in kFinders
// (finders.cc): the sign at which it is called, or literals. Nothing else has to know it: the pass over raw documents
// (candidates.h) marks every sign and literal of the table.
#pragma once

#include <optional>

#include "detect/detect.h"
#include "detect/hits.h"

namespace gatehouse::detect {

class Sequence;

/// Sight is the text of one call of detect(), and what was found in it.
struct Sight {
  ByteView text;   // all of it, the context before `from` too
  size_t from;
  ByteView field;
  bool open;
  Wanted wanted;
  Room<Found>* found;
  size_t tail;     // the least position that hold() was told
  DetectorSet names = 0;  // see field_names()
  bool asked = false;
  size_t words_at = ~size_t{0};
  size_t taken = 0;         // where the last number of a sequence ends, its extension included
  DetectorSet words = 0;    // named_before(words_at)
  Cells* cells = nullptr;
  size_t seen = 0;  // what the row returned when it was called last: it need not look for values that begin before
  std::optional<Sequence>* emphasised = nullptr;   // where the last sequence over marks of emphasis was left, to go on there

  /// field_names is named_by_field(field) of what is wanted, worked out once.
  DetectorSet field_names() {
    if (!asked) names = field.empty() ? 0 : named_by_field(field) & wanted.set;
    asked = true;
    return names;
  }

  /// named tells whether the field, or a word before text[begin], names the detector, and which; *evidence stays when not.
  bool named(Detector detector, size_t begin, Evidence* evidence);

  /// add notes a value. It begins at `from` or behind: others are passed over.
  void add(size_t begin, size_t end, Detector detector, Evidence evidence, bool open_end = false) {
    if (begin < from) return;
    found->push({static_cast<uint32_t>(begin), static_cast<uint32_t>(end), detector, evidence, false, open_end, 0});
  }

  /// hold says that a value may begin at `begin` of which more text decides: the finder read to the text's end. No
  /// more than kOpenMax before the end. Does nothing when no text can follow.
  void hold(size_t begin) {
    if (open && begin < tail) tail = begin > from ? begin : from;
  }
};

/// met says that a word stands at text[at] that may name a column.
void met(Sight& sight, size_t at);

/// Sign is what the cheap pass sees in 64 bytes at a time.
enum class Sign : uint8_t {
  at,       // '@'
  run,      // the kRunMin-th byte (hits.h), and later ones, of digits with single separators between (space - . / and others)
  account,  // the fourth byte of two letters and two digits (DE44), the sixth when a sign stands between and behind (DE 44 5)
  colon,    // ':' with a hexadecimal digit or a second ':' on both sides
  token,    // the kTokenMin-th byte of a word of letters, digits, - and _; once for each such word
  groups,   // the fifth sign between pairs of hexadecimal digits (00:1b:63:84:45:e6), the second dot between fours (001b.6384.45e6)
  quad,     // the third dot between numbers of one to three digits
  literal,  // one of the finder's literals begins here
};

inline constexpr size_t kSigns = 8;
inline constexpr size_t kTokenMin = 20;

/// Finder is one row of the table. find looks around text[at], adds what it finds, holds what may still grow, and returns
/// from which position on the same row is called again (at + 1 or more): what it has looked through needs no second look.
struct Finder {
  DetectorSet detectors;      // called when one of these is wanted
  Sign sign;
  const ByteView* literals;   // of Sign::literal: three bytes or more, ASCII in lower case; found in any case
  size_t literal_count;
  size_t (*find)(Sight& sight, size_t at);
  void (*named)(Sight& sight) = nullptr;  // called first, once, when the field names one of `detectors`: all of the text may be one
};

/// The table, in order of calls at one place; at most kFindersMax rows.
inline constexpr size_t kFindersMax = 32;
extern const Finder* const kFinders;
extern const size_t kFinderCount;

/// Rows of the table as bits.
using Rows = uint32_t;

/// Called is which rows are called for a set of detectors.
struct Called {
  Rows rows = 0;
  Rows at[kSigns] = {};  // of these, by sign
  Rows by_name = 0;      // of these, those called by the name of a field
  HitReader::Needs needs{};
};
/// called_for returns the rows of a set; *own holds them unless the set is a usual one.
const Called& called_for(DetectorSet set, Called* own);

/// The detectors of rows that are called by the name of a field.
DetectorSet called_by_name();

size_t find_email(Sight& sight, size_t at);
size_t find_written_email(Sight& sight, size_t at);
size_t find_iban(Sight& sight, size_t at);
size_t find_birth(Sight& sight, size_t at);
size_t find_born_on(Sight& sight, size_t at);
void name_birth(Sight& sight);
size_t find_passport(Sight& sight, size_t at);
size_t find_zone(Sight& sight, size_t at);
void name_passport(Sight& sight);
size_t find_numbers(Sight& sight, size_t at);


/// open_tail returns where the part of a text begins that more text may turn into a value, although no finder was called
/// there yet: a word, a number, the beginning of a quoted name.
size_t open_tail(const Sight& sight);

}  // namespace gatehouse::detect
