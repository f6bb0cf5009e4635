#include "gatehouse/mask_map.h"
#include "mask/map.h"

namespace gatehouse::mask {
namespace {

void put_number(uint32_t value, std::string* out) {
  for (; value >= 0x80; value >>= 7) *out += static_cast<char>(value | 0x80);
  *out += static_cast<char>(value);
}

void put_text(ByteView text, std::string* out) {
  put_number(static_cast<uint32_t>(text.size()), out);
  out->append(text);
}

}  // namespace

static_assert(kNoteBytes >= GATEHOUSE_MASK_NOTE_DIGEST_BYTES + 4);

bool write_notes(ByteView map, const crypto::HmacSha256& key, std::string* notes) {
  MapReader reader;
  if (!reader.open(map) || reader.notes()) return false;
  *notes = GATEHOUSE_MASK_NOTES_MAGIC;
  put_number(reader.original_length(), notes);
  put_number(reader.masked_length(), notes);
  put_number(static_cast<uint32_t>(reader.names().size()), notes);
  for (const ByteView name : reader.names()) put_text(name, notes);
  put_number(reader.count(), notes);
  std::string place;
  uint64_t end = 0;
  Change change;
  while (reader.next(&change)) {
    put_number(static_cast<uint32_t>(change.original_offset - end), notes);
    end = uint64_t{change.original_offset} + change.original_bytes;
    put_number(change.original_bytes, notes);
    const crypto::Sha256 digest = key.digest(std::array{change.original});
    notes->append(reinterpret_cast<const char*>(digest.data()), GATEHOUSE_MASK_NOTE_DIGEST_BYTES);
    put_text(change.replacement, notes);
    put_number(change.name, notes);
    *notes += static_cast<char>(change.detector);
    *notes += static_cast<char>(change.method);
    *notes += static_cast<char>(change.evidence);
    size_t shared = 0;
    while (shared < place.size() && shared < change.place.size() && place[shared] == change.place[shared]) ++shared;
    put_number(static_cast<uint32_t>(shared), notes);
    put_text(change.place.substr(shared), notes);
    place = change.place;
  }
  return reader.ok();
}

}  // namespace gatehouse::mask
