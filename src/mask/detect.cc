#include "mask/detect.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

#include "mask/columns.h"
#include "mask/custom_scan.h"
#include "mask/finder.h"
#include "mask/literals.h"
#include "mask/secrets.h"
#include "mask/hits.h"
#include "mask/sequence.h"

namespace gatehouse::mask {
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

/// Addresses may overlap without end, a@b.c@d.e@f…: one that has become so long takes no more, and the next begins behind it.
bool is_closed(const Found& found) { return found.end - found.begin >= kOpenMax / 2; }

/// Puts values in order and joins what overlaps: leftmost first, then longest, then surest. A value inside another is left
/// out; of two that overlap otherwise nothing may be seen.
void merge(Room<Found>* found) {
  const auto before = [](const Found& a, const Found& b) {
    if (a.begin != b.begin) return a.begin < b.begin;
    if (a.end != b.end) return a.end > b.end;
    return rank(a) != rank(b) ? rank(a) < rank(b) : a.detector < b.detector;
  };
  if (!std::is_sorted(found->begin(), found->end(), before)) std::sort(found->begin(), found->end(), before);
  size_t kept = 0;
  for (size_t i = 0; i < found->size(); ++i) {
    const Found& next = (*found)[i];
    if (kept == 0 || next.begin >= (*found)[kept - 1].end) {
      (*found)[kept++] = next;
      continue;
    }
    Found& last = (*found)[kept - 1];
    if (next.end > last.end && is_closed(last)) {
      (*found)[kept] = next;
      (*found)[kept].begin = last.end;
      ++kept;
    } else if (next.end > last.end) {
      last.end = next.end;
      last.several = true;
      last.open_end = next.open_end;
    }
  }
  found->resize(kept);
}

/// No value lies across the tail's border: of those that would, all is held. What goes on in the next text is held by nobody.
void settle(Sight& sight) {
  Room<Found>& found = *sight.found;
  if (!found.empty() && found.back().open_end && found.back().begin <= sight.tail) {
    sight.tail = sight.text.size();
    return;
  }
  while (!found.empty() && found.back().end > sight.tail) {
    if (sight.text.size() - found.back().begin > kOpenMax) {  // too long to be held: it is over, whatever overlaps its end
      sight.tail = found.back().end;
      return;
    }
    sight.hold(found.back().begin);
    found.resize(found.size() - 1);
  }
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

/// What began in an earlier text goes on; all else is looked for behind it.
void go_on(Sight& sight, Detector inside) {
  const Rest rest = goes_on(inside, sight.text, sight.from);
  if (rest.end > sight.from) sight.add(sight.from, rest.end, inside, Evidence::structure, sight.open && !rest.over);
  sight.from = rest.end;
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
      if (cell.rule != ColumnRules::kNone && !cell.open)
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
  if (text.inside != Detector::field) go_on(sight, text.inside);
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
    Text behind = text;
    behind.from = sight.from;
    sight.hold(wanted.custom->find(behind, found));
  }
  if (text.open) {
    sight.hold(open_tail(sight));
    hold_secret(sight);
    sight.tail = std::max(sight.tail, sight.from);
  }
  merge(found);
  settle(sight);
  return sight.tail;
}

}  // namespace gatehouse::mask
