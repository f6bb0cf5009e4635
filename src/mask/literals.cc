#include "mask/literals.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kSlots = 4096;

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
    order();
    for (size_t i = 0; i < count; ++i) {
      uint8_t& slot = first[slot_of(entries[i].text.data())];
      entries[i].next = slot;
      slot = static_cast<uint8_t>(i + 1);
      add_head(entries[i].text, static_cast<uint8_t>(1u << (i * 8 / count)));
    }
  }

 private:
  void add(ByteView text, size_t row) {
    if (count < sizeof entries / sizeof entries[0]) entries[count++] = {text, static_cast<uint8_t>(row), 0};
  }

  /// Literals with like heads share a bucket, so that fewer bytes pass by chance.
  void order() {
    for (size_t i = 1; i < count; ++i)
      for (size_t k = i; k > 0 && entries[k].text < entries[k - 1].text; --k) std::swap(entries[k], entries[k - 1]);
  }

  void add_head(ByteView text, uint8_t bucket) {
    for (size_t place = 0; place < kHead; ++place) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        if (place < text.size() && fold(static_cast<char>(byte)) != fold(text[place])) continue;
        const uint8_t folded = fold(static_cast<char>(byte));
        heads.six[place][folded & 63] |= bucket;
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
