#include "detect/literals.h"

#include <bit>
#include <cstring>

#include "base/letters.h"

namespace gatehouse::detect {
namespace {

/// The share of each character in prose as JSON holds it, roughly: letters in parts of 10,000, all others below.
constexpr uint16_t kLetters[26] = {640, 120, 250, 320, 990, 190, 170, 400, 600, 15, 50, 330, 220,
                                   570, 620, 180, 10,  510, 540, 750, 230, 80,  140, 15,  140, 10};
constexpr double share_of(unsigned char c) {
  if (c == ' ') return .16;
  const unsigned letter = (c | 0x20u) - 'a';
  return letter < 26 ? kLetters[letter] / (c >= 'a' ? 10'000. : 200'000.) : c == '\\' || c == ',' || c == '"' ? .01 : .002;
}

/// Literals in chains of equal slots, and the tables of their heads. Made once, before main.
struct Table {
  struct Entry {
    ByteView text;
    uint64_t begin;  // its first eight bytes, folded
    uint64_t mask;   // which of them there are
    uint8_t row;
    uint8_t next;  // index + 1
  };
  Entry entries[255];
  size_t count = 0;
  Heads first = {};  // index + 1
  HeadTables heads = {};

  Table() {
    for (size_t row = 0; row < kFinderCount; ++row)
      for (size_t i = 0; i < kFinders[row].literal_count; ++i) add(kFinders[row].literals[i], row);
    for (size_t i = 0; i < count; ++i) {
      const uint64_t begin = entries[i].begin;
      uint8_t& slot = entries[i].text.size() < 6 ? first.three[Heads::slot_of_three(begin)] : first.six[Heads::slot_of_six(begin)];
      entries[i].next = slot;
      slot = static_cast<uint8_t>(i + 1);
    }
    fill_buckets();
  }

 private:
  void add(ByteView text, size_t row) {
    if (count == sizeof entries / sizeof entries[0]) return;
    Entry entry{text, 0, 0, static_cast<uint8_t>(row), 0};
    const size_t length = text.size() < 8 ? text.size() : 8;
    std::memcpy(&entry.begin, text.data(), length);
    std::memset(&entry.mask, 0xff, length);
    entry.begin |= Heads::kFold;
    entries[count++] = entry;
  }

  /// What a bucket lets pass: at each place how many of its literals want a character, and how many any.
  struct Bucket {
    uint8_t wanted[kHead][128] = {};
    uint8_t any[kHead] = {};
    double share[kHead] = {};

    void change(ByteView text, int by) {
      for (size_t place = 0; place < kHead; ++place) {
        if (place >= text.size()) {
          any[place] = static_cast<uint8_t>(any[place] + by);
          continue;
        }
        for (const uint8_t c : {fold(text[place]), static_cast<uint8_t>(fold(text[place]) & ~0x20u)}) {
          uint8_t& literals = wanted[place][c & 127];
          if (literals == (by > 0 ? 0 : 1)) share[place] += by * share_of(c & 127);
          literals = static_cast<uint8_t>(literals + by);
        }
      }
    }
    /// How likely prose passes by chance.
    double chance() const {
      double all = 1;
      for (size_t place = 0; place < kHead; ++place) all *= any[place] != 0 ? 1 : share[place];
      return all;
    }
  };

  static constexpr size_t kNarrow = 8, kWide = 8 * HeadTables::kBanks;   // buckets
  static constexpr size_t kWideBeyond = kWide - std::popcount(HeadTables::kBeyond);   // those from here on begin beyond ASCII

  void fill_buckets() {
    const Chosen narrow = choose_buckets<kNarrow, kNarrow>(), wide = choose_buckets<kWide, kWideBeyond>();
    for (size_t i = 0; i < count; ++i) {
      add_head(entries[i].text, static_cast<uint8_t>(1u << narrow.of[i]));
      add_wide_head(entries[i].text, wide.of[i] / 8, static_cast<uint8_t>(1u << wide.of[i] % 8));
    }
  }

  struct Chosen {
    uint8_t of[sizeof entries / sizeof entries[0]];
  };

  /// Gives each literal the bucket that it makes least worse, of those from `beyond` on where its first byte is not ASCII and there
  /// are such; some rounds, as later ones may displace earlier ones.
  template <size_t kBuckets, size_t kFirstBeyond>
  Chosen choose_buckets() const {
    constexpr size_t kNone = kBuckets, kRounds = 12;
    Bucket buckets[kBuckets];
    Chosen chosen;
    for (size_t i = 0; i < count; ++i) chosen.of[i] = kNone;
    for (size_t round = 0; round < kRounds; ++round) {
      for (size_t i = 0; i < count; ++i) {
        const ByteView text = entries[i].text;
        if (chosen.of[i] != kNone) buckets[chosen.of[i]].change(text, -1);
        const bool beyond = kFirstBeyond < kBuckets && static_cast<uint8_t>(text[0]) >= 0x80;
        double least = 2;
        for (size_t k = beyond ? kFirstBeyond : 0; k < (beyond ? kBuckets : kFirstBeyond); ++k) {
          const double before = buckets[k].chance();
          buckets[k].change(text, 1);
          const double more = buckets[k].chance() - before;
          buckets[k].change(text, -1);
          if (more >= least) continue;
          least = more;
          chosen.of[i] = static_cast<uint8_t>(k);
        }
        buckets[chosen.of[i]].change(text, 1);
      }
    }
    return chosen;
  }

  void add_head(ByteView text, uint8_t bucket) {
    for (size_t place = 0; place < kHead; ++place) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        const uint8_t folded = fold(static_cast<char>(byte));
        if (place < text.size() && folded != fold(text[place])) continue;
        heads.low[place][folded & 15] |= bucket;
        heads.high[place][folded >> 4] |= bucket;
      }
    }
  }

  void add_wide_head(ByteView text, size_t bank, uint8_t bucket) {
    for (size_t place = 0; place < kHead; ++place)
      for (size_t symbol = 0; symbol < kSymbols; ++symbol)
        if (place >= text.size() || symbol == symbol_of(text[place])) heads.wide[bank][place][symbol] |= bucket;
  }
};

const Table table;

/// is_written: these bytes begin with the text, in letters of any case. fold() alone takes other bytes for one another, too.
bool is_written(ByteView bytes, ByteView text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = bytes[i], wanted = text[i];
    if (c != wanted && ((c ^ wanted) != 0x20 || (static_cast<uint8_t>(wanted) < 0x80 && !is_ascii_letter(wanted)))) return false;
  }
  return true;
}

}  // namespace

const HeadTables& kHeads = table.heads;
const Heads& kLiteralHeads = table.first;

void each_literal(ByteView bytes, size_t at, uint8_t first, void (*fn)(void* of, size_t row), void* of) {
  const size_t left = bytes.size() - at;
  uint64_t begin = 0;
  std::memcpy(&begin, bytes.data() + at, 8);
  begin |= Heads::kFold;
  for (uint8_t next = first; next != 0; next = table.entries[next - 1].next) {
    const Table::Entry& entry = table.entries[next - 1];
    if (((begin ^ entry.begin) & entry.mask) != 0 || left < entry.text.size()) continue;
    if (is_written(bytes.substr(at), entry.text)) fn(of, entry.row);
  }
}

}  // namespace gatehouse::detect
