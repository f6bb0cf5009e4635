#include "mask/literals.h"

#include <algorithm>
#include <bitset>

namespace gatehouse::mask {
namespace {

constexpr size_t kSlots = 4096;

/// The share of each character in prose as JSON holds it, roughly: letters in parts of 10,000, all others below.
constexpr uint16_t kLetters[26] = {640, 120, 250, 320, 990, 190, 170, 400, 600, 15, 50, 330, 220,
                                   570, 620, 180, 10,  510, 540, 750, 230, 80,  140, 15,  140, 10};
constexpr double share_of(unsigned char c) {
  if (c == ' ') return .16;
  const unsigned letter = (c | 0x20u) - 'a';
  return letter < 26 ? kLetters[letter] / (c >= 'a' ? 10'000. : 200'000.) : c == '\\' || c == ',' || c == '"' ? .01 : .002;
}

unsigned slot_of(const char* bytes) {
  const uint32_t head = static_cast<uint32_t>(fold(bytes[0])) | static_cast<uint32_t>(fold(bytes[1])) << 8 |
                        static_cast<uint32_t>(fold(bytes[2])) << 16;
  return head * 2654435761u >> 20;
}

/// Literals in chains of equal slots, and the tables of their heads. Made once, before main.
struct Table {
  struct Entry {
    ByteView text;
    uint8_t row;
    uint8_t next;  // index + 1
  };
  Entry entries[255];
  size_t count = 0;
  uint8_t first[kSlots] = {};  // index + 1
  HeadTables heads = {};

  Table() {
    for (size_t row = 0; row < kFinderCount; ++row)
      for (size_t i = 0; i < kFinders[row].literal_count; ++i) add(kFinders[row].literals[i], row);
    for (size_t i = 0; i < count; ++i) {
      uint8_t& slot = first[slot_of(entries[i].text.data())];
      entries[i].next = slot;
      slot = static_cast<uint8_t>(i + 1);
    }
    fill_buckets();
  }

 private:
  void add(ByteView text, size_t row) {
    if (count < sizeof entries / sizeof entries[0]) entries[count++] = {text, static_cast<uint8_t>(row), 0};
  }

  /// The characters that may stand at each place, of one literal or of all in a bucket.
  struct Head {
    std::bitset<128> at[kHead];

    /// How likely prose passes by chance.
    double chance() const {
      double all = 1;
      for (const std::bitset<128>& values : at) {
        double one = 0;
        for (unsigned value = 0; value < 128; ++value) one += values[value] ? share_of(static_cast<unsigned char>(value)) : 0;
        all *= one;
      }
      return all;
    }
    Head with(const Head& other) const {
      Head both;
      for (size_t place = 0; place < kHead; ++place) both.at[place] = at[place] | other.at[place];
      return both;
    }
  };

  static Head head_of(ByteView text) {
    Head head;
    for (size_t place = 0; place < kHead; ++place)
      for (unsigned value = 0; value < 128; ++value)
        head.at[place][value] = place >= text.size() || (fold(static_cast<char>(value)) & 127) == (fold(text[place]) & 127);
    return head;
  }

  /// Gives each literal the bucket that it makes least worse, the most likely ones first.
  void fill_buckets() {
    uint8_t order[sizeof entries / sizeof entries[0]];
    for (size_t i = 0; i < count; ++i) order[i] = static_cast<uint8_t>(i);
    std::sort(order, order + count,
              [&](uint8_t a, uint8_t b) { return head_of(entries[a].text).chance() > head_of(entries[b].text).chance(); });
    Head buckets[8];
    bool used[8] = {};
    for (size_t i = 0; i < count; ++i) {
      const Head head = head_of(entries[order[i]].text);
      size_t best = 0;
      double least = 2;
      for (size_t bucket = 0; bucket < 8; ++bucket) {
        const double more = buckets[bucket].with(head).chance() - (used[bucket] ? buckets[bucket].chance() : 0);
        if (more >= least) continue;
        least = more;
        best = bucket;
      }
      buckets[best] = buckets[best].with(head);
      used[best] = true;
      add_head(entries[order[i]].text, static_cast<uint8_t>(1u << best));
    }
  }

  void add_head(ByteView text, uint8_t bucket) {
    for (size_t place = 0; place < kHead; ++place) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        if (place < text.size() && fold(static_cast<char>(byte)) != fold(text[place])) continue;
        const uint8_t folded = fold(static_cast<char>(byte));
        heads.seven[place][byte & 127] |= bucket;
        heads.low[place][folded & 15] |= bucket;
        heads.high[place][folded >> 4] |= bucket;
      }
    }
  }
};

const Table table;

}  // namespace

const HeadTables& kHeads = table.heads;

void each_literal(ByteView bytes, size_t at, void (*fn)(void* of, size_t row), void* of) {
  if (bytes.size() - at < 3) return;
  for (uint8_t next = table.first[slot_of(bytes.data() + at)]; next != 0;) {
    const Table::Entry& entry = table.entries[next - 1];
    next = entry.next;
    if (bytes.size() - at < entry.text.size()) continue;
    size_t same = 0;
    while (same < entry.text.size() && fold(bytes[at + same]) == fold(entry.text[same])) ++same;
    if (same == entry.text.size()) fn(of, entry.row);
  }
}

}  // namespace gatehouse::mask
