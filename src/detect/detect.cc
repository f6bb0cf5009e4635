#include "detect/detect.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "detect/cells.h"
#include "detect/custom_scan.h"
#include "detect/finder.h"
#include "detect/hits.h"
#include "detect/literals.h"
#include "detect/secret_literals.h"
#include "detect/secrets.h"
#include "detect/sequence.h"

namespace gatehouse::detect {
namespace {

/// The surer of two detectors names a value that both found: a checksum before a form, a form before a word near it.
int rank(const Found& found) {
  if (found.detector == Detector::field) return -1;   // a mask names it
  switch (found.evidence) {
    case Evidence::luhn:
    case Evidence::mod97:
    case Evidence::checksum: return 0;
    case Evidence::field_name: return 1;
    case Evidence::structure: return 2;
    case Evidence::near_word: return 3;
    case Evidence::none:
    case Evidence::pattern:
    case Evidence::copy: break;
  }
  return 4;
}

/// Leftmost first, then longest, then surest. Long ones are alike: how long they are may not be known yet. What went on from
/// before names what it overlaps.
constexpr auto is_before = [](const Found& a, const Found& b) {
  if (a.begin != b.begin) return a.begin < b.begin;
  if (a.rest != b.rest) return a.rest;
  const size_t left = std::min<size_t>(a.end - a.begin, kLongMin), right = std::min<size_t>(b.end - b.begin, kLongMin);
  if (left != right) return left > right;
  return rank(a) != rank(b) ? rank(a) < rank(b) : a.detector < b.detector;
};

/// Overlapping is the last of the values that merge() made one, as they were found: those from `first` on, of which the first
/// may have been written over.
struct Overlapping {
  size_t first = 0, end = 0;
  Found lead{};
};

/// Puts values in order and joins what overlaps. A value inside another is left out; of two that overlap otherwise nothing may
/// be seen. What begins at `tail` or behind is found again when more is known.
Overlapping merge(Room<Found>* found, size_t tail) {
  if (!std::is_sorted(found->begin(), found->end(), is_before)) std::sort(found->begin(), found->end(), is_before);
  while (!found->empty() && found->back().begin >= tail && !found->back().rest) found->resize(found->size() - 1);
  Overlapping last;
  last.end = found->size();
  size_t kept = 0;
  for (size_t i = 0; i < found->size(); ++i) {
    const Found& next = (*found)[i];
    if (kept == 0 || next.begin >= (*found)[kept - 1].end) {
      last.first = i;
      last.lead = next;
      (*found)[kept++] = next;
      continue;
    }
    Found& value = (*found)[kept - 1];
    value.open_end = value.open_end || next.open_end;
    if (next.end > value.end) {
      value.end = next.end;
      value.several = true;
    }
  }
  found->resize(kept);
  return last;
}

/// Whether values of a kind that begin within one are found whether that is seen or not. Others are short, and looked for behind
/// the one that was found.
bool found_within(Detector detector) {
  constexpr DetectorSet kWithin = kTokens | set_of(Detector::email) | set_of(Detector::azure_key);
  return detector != Detector::private_key && (kWithin & set_of(detector)) != 0;
}

/// Keeps the promise of the tail for the last value: held whole as long as that is not too long. Else it is cut at the tail: what
/// begins before is decided and told to the next call as covered, what begins behind is found by that. So the same is masked
/// whatever the cuts, and all of it.
void settle(Sight& sight, const Overlapping& last, DetectorSet rest_grows, Inside* inside) {
  Room<Found>& found = *sight.found;
  *inside = {};
  if (!sight.open || found.empty()) return;
  Found& value = found.back();
  if (value.end <= sight.tail && !value.open_end) return;
  const size_t size = sight.text.size();
  if (!value.rest && !last.lead.open_end && value.end > sight.tail && size - value.begin <= kOpenMax) {
    sight.tail = value.begin;
    found.resize(found.size() - 1);
    return;
  }
  const Found* const all = found.data();
  const auto one = [&](size_t i) -> const Found& { return i == last.first ? last.lead : all[i]; };
  size_t cut = sight.tail;
  for (size_t i = last.end; i-- > last.first;) {
    const Found& each = one(i);
    const bool may_move = !each.rest && !each.open_end && !found_within(each.detector) && (each.begin > value.begin || value.rest);
    if (may_move && each.begin < cut && each.end > cut && size - each.begin <= kOpenMax) cut = each.begin;
  }
  *inside = {value.detector, value.evidence, value.custom, 0, 0};
  for (size_t i = last.first; i < last.end; ++i) {
    const Found& each = one(i);
    if (each.begin >= cut && !each.rest) break;
    if (each.end > cut + inside->covered) inside->covered = static_cast<uint32_t>(each.end - cut);
    if (each.open_end) inside->grows |= each.rest ? rest_grows : set_of(each.detector);
  }
  sight.tail = value.end = static_cast<uint32_t>(cut);
  value.open_end = true;
  value.several = value.several || inside->covered != 0;
  if (value.begin == cut) found.resize(found.size() - 1);
}

/// An open text may end in the middle of a character, which is left for the next.
ByteView whole_characters(const Text& text) {
  if (!text.open) return text.bytes;
  for (size_t back = 1; back <= 3 && back <= text.bytes.size(); ++back) {
    const auto byte = static_cast<uint8_t>(text.bytes[text.bytes.size() - back]);
    if ((byte & 0xc0) == 0x80) continue;
    const size_t length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return text.bytes.substr(0, text.bytes.size() - (back < length ? back : 0));
  }
  return text.bytes;
}

/// One call of detect(): which rows are asked at which sign, and from where on each.
class Looking {
 public:
  Looking(const Text& text, const Wanted& wanted, Room<Found>* found)
      : sight_{whole_characters(text), text.from, text.field, text.open, wanted, found, 0},
        called_(wanted.called != nullptr ? *wanted.called : called_for(wanted.set, &own_)) {
    sight_.tail = sight_.text.size();
    sight_.cells = text.cells;
    sight_.emphasised = &emphasised_;
    if (text.named != Text::kUnasked) {
      sight_.names = text.named & wanted.set;
      sight_.asked = true;
    }
  }

  Sight& sight() { return sight_; }
  const HitReader::Needs& needs() const { return called_.needs; }

  /// go_on adds what began in an earlier text, and returns as what it grows behind this one.
  DetectorSet go_on(const Inside& inside) {
    const size_t least = std::min(sight_.from + inside.covered, sight_.text.size());
    size_t end = least;
    DetectorSet grows = 0;
    for (DetectorSet rest = inside.grows; rest != 0; rest &= rest - 1) {
      const auto detector = static_cast<Detector>(std::countr_zero(rest));
      const Rest more = goes_on(detector, sight_.text, least);
      if (!more.over) grows |= set_of(detector);
      if (detector == Detector::private_key) skip(find_private_key, more.end);
      end = std::max(end, more.end);
    }
    if (!sight_.open) grows = 0;
    if (end == sight_.from && grows == 0) return 0;
    sight_.found->push({static_cast<uint32_t>(sight_.from), static_cast<uint32_t>(end), inside.detector, inside.evidence, false,
                        grows != 0, inside.custom, true});
    return grows;
  }

  /// by_field asks the rows whose detectors the field names.
  void by_field() {
    const Rows rows = called_.by_name;
    if (sight_.field.empty() || rows == 0 || sight_.field_names() == 0) return;
    for (Rows rest = rows; rest != 0; rest &= rest - 1) {
      const Finder& finder = kFinders[std::countr_zero(rest)];
      if ((sight_.field_names() & finder.detectors) != 0) finder.named(sight_);
    }
  }

  /// by_cells asks the same of the cells of a table, by the names of their columns.
  void by_cells() {
    if (sight_.cells == nullptr) return;
    for (const Cell& cell : sight_.cells->list) {
      if (cell.begin < sight_.from || cell.end > sight_.text.size()) continue;
      if (cell.rule != Cell::kNoRule && !cell.open)
        sight_.found->push({cell.begin, cell.end, Detector::field, Evidence::field_name, false, false, cell.rule});
      if (cell.names == 0) continue;
      Sight inside = sight_;
      inside.text = sight_.text.substr(cell.begin, cell.end - cell.begin);
      inside.from = 0;
      inside.field = cell.name;
      inside.open = sight_.open && cell.open;
      inside.names = cell.names & sight_.wanted.set;
      inside.asked = true;
      inside.tail = inside.text.size();
      inside.cells = nullptr;
      inside.emphasised = nullptr;
      const size_t before = sight_.found->size();
      for (Rows rest = called_.by_name; rest != 0; rest &= rest - 1) {
        const Finder& finder = kFinders[std::countr_zero(rest)];
        if ((inside.names & finder.detectors) != 0) finder.named(inside);
      }
      for (size_t i = before; i < sight_.found->size(); ++i) {
        (*sight_.found)[i].begin += cell.begin;
        (*sight_.found)[i].end += cell.begin;
      }
    }
    const size_t hold = sight_.cells->hold;
    if (hold < sight_.text.size() && sight_.text.size() - hold <= kOpenMax) sight_.hold(hold);
  }

  /// look asks the rows at the hits of the block that begins at `base`.
  void look(const Hits& hits, size_t block, size_t base) {
    if (hits.sure[block] != 0) {
      each(hits.at[block], Sign::at, base);
      each(hits.run[block], Sign::run, base);
      each(hits.account[block], Sign::account, base);
      each(hits.colon[block], Sign::colon, base);
      each(hits.token[block], Sign::token, base);
      each(hits.groups[block], Sign::groups, base);
      each(hits.quad[block], Sign::quad, base);
    }
    const Rows rows = called_.at[static_cast<size_t>(Sign::literal)];
    for (uint64_t bits = hits.literal[block]; bits != 0; bits &= bits - 1) {
      const size_t at = base + static_cast<size_t>(std::countr_zero(bits));
      each_literal(sight_.text, at, [&](size_t row) {
        if ((rows >> row & 1) != 0) call(row, at);
      });
    }
  }

  /// A word's sign stands once in it, and what its row looked through goes to its end: a part of it has a sign of its own.
  size_t looked_until() const {
    size_t until = 0;
    for (Rows rest = begun_; rest != 0; rest &= rest - 1) until = std::max(until, size_t{next_[std::countr_zero(rest)]});
    return until;
  }

 private:
  void each(uint64_t bits, Sign sign, size_t base) {
    if (bits == 0) return;
    const Rows rows = called_.at[static_cast<size_t>(sign)];
    if ((rows & (rows - 1)) == 0) {   // most signs have one row
      if (rows != 0) each_of_row(bits, static_cast<size_t>(std::countr_zero(rows)), base);
      return;
    }
    while (bits != 0) {
      const size_t at = base + static_cast<size_t>(std::countr_zero(bits));
      size_t least = ~size_t{0};
      for (Rows rest = rows; rest != 0; rest &= rest - 1) {
        const auto row = static_cast<size_t>(std::countr_zero(rest));
        call(row, at);
        least = std::min(least, size_t{next_[row]});
      }
      if (least >= base + 64) return;
      bits &= ~uint64_t{0} << (least - base);  // call() moves every row on
    }
  }

  void each_of_row(uint64_t bits, size_t row, size_t base) {
    size_t next = (begun_ >> row & 1) != 0 ? next_[row] : 0;
    const auto find = kFinders[row].find;
    begun_ |= Rows{1} << row;
    for (;;) {
      if (next > base) bits = next - base < 64 ? bits & ~uint64_t{0} << (next - base) : 0;
      if (bits == 0) break;
      const size_t at = base + static_cast<size_t>(std::countr_zero(bits));
      sight_.seen = next;
      next = std::max(find(sight_, at), at + 1);
    }
    next_[row] = static_cast<uint32_t>(next);
  }

  /// The row of a finder is asked from `at` on.
  void skip(size_t (*find)(Sight&, size_t), size_t at) {
    for (Rows rest = called_.rows; rest != 0; rest &= rest - 1) {
      const auto row = static_cast<size_t>(std::countr_zero(rest));
      if (kFinders[row].find != find) continue;
      begun_ |= Rows{1} << row;
      next_[row] = static_cast<uint32_t>(at);
    }
  }

  void call(size_t row, size_t at) {
    const size_t next = (begun_ >> row & 1) != 0 ? next_[row] : 0;
    if (at < next) return;
    sight_.seen = next;
    begun_ |= Rows{1} << row;
    next_[row] = static_cast<uint32_t>(std::max(kFinders[row].find(sight_, at), at + 1));
  }

  std::optional<Sequence> emphasised_;
  Sight sight_;
  Called own_;
  const Called& called_;
  Rows begun_ = 0;              // rows that were called
  uint32_t next_[kFindersMax];  // of these: where it goes on
};

}  // namespace

size_t detect(const Text& text, const Wanted& wanted, Room<Found>* found, size_t* signs_end) {
  found->clear();
  Looking looking(text, wanted, found);
  Sight& sight = looking.sight();
  const DetectorSet grows = text.inside != nullptr && text.inside->any() ? looking.go_on(*text.inside) : 0;
  looking.by_field();
  looking.by_cells();
  HitReader reader(sight.text, looking.needs());
  while (const size_t count = reader.next()) {
    for (size_t i = 0; i < count; ++i)
      for (unsigned any = reader[i].has_sure | reader[i].has_literal; any != 0; any &= any - 1) {
        const auto block = static_cast<size_t>(std::countr_zero(any));
        looking.look(reader[i], block, reader.begin() + i * kLaneBytes + block * 64);
      }
  }
  if (signs_end != nullptr) *signs_end = looking.looked_until();
  if (wanted.custom != nullptr && wanted.has(Detector::custom)) {
    sight.hold(wanted.custom->find(text, found));
  }
  if (text.open) {
    sight.hold(open_tail(sight));
    hold_secret(sight);
    sight.tail = std::max(sight.tail, sight.from);
  }
  const Overlapping last = merge(found, text.open ? sight.tail : SIZE_MAX);
  Inside none;
  settle(sight, last, grows, text.inside != nullptr ? text.inside : &none);
  return sight.tail;
}

}  // namespace gatehouse::detect
