#include "record/piece.h"

#include "codec/packed.h"

namespace gatehouse::record {

Piece read_piece(ByteView payload, std::string* room) {
  Piece piece;
  ByteView compression, value;
  uint64_t content = 0, direction = 0;
  Tag tag;
  SectionReader sections(payload);
  while (sections.next(&tag, &value)) {
    if (tag == Tag::direction) read_number(value, &direction);
    if (tag == Tag::offset) read_number(value, &piece.offset);
    if (tag == Tag::content_bytes) read_number(value, &content);
    if (tag == Tag::compression) compression = value;
    if (tag == Tag::body) piece.body = value;
    if (tag == Tag::piece_digest) piece.digest = value;
    if (tag == Tag::request_coding) (piece.codings += piece.codings.empty() ? "" : ", ") += value;
    if (tag == Tag::coded_bytes) piece.ends = read_number(value, &piece.coded_bytes);
    if (tag == Tag::undecoded) piece.undecoded = value;
    if (tag == Tag::mask_map) piece.map = value;
    if (tag == Tag::mask_notes) piece.notes = value;
  }
  piece.direction = static_cast<Direction>(direction);
  piece.kept = piece.digest.empty();
  if (!compression.empty()) {
    piece.readable = compression == "zstd" && codec::unpack(piece.body, content, room);
    piece.body = piece.readable ? ByteView{*room} : ByteView{};
  }
  piece.bytes = piece.kept && compression.empty() ? piece.body.size() : content;
  return piece;
}

}  // namespace gatehouse::record
