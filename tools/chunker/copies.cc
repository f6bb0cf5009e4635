#include "chunker/copies.h"

#include "codec/base64.h"
#include "codec/encoder.h"
#include "web/json_text.h"

namespace gatehouse::chunker {

namespace {

/// deflated returns the bytes in zlib's format.
std::string deflated(std::string_view bytes) {
  codec::Encoder encoder;
  if (encoder.start(codec::Coding::deflate) != codec::Status::ok) return "";
  std::string out, room(4096, '\0');
  while (!bytes.empty()) {
    const codec::Progress progress = encoder.step(bytes, {room.data(), room.size()});
    if (progress.status != codec::Status::ok) return "";
    out.append(room, 0, progress.produced);
    bytes.remove_prefix(progress.consumed);
  }
  for (codec::Status status = codec::Status::ok; status != codec::Status::done;) {
    const codec::Progress progress = encoder.finish({room.data(), room.size()});
    status = progress.status;
    if (status != codec::Status::ok && status != codec::Status::done) return "";
    out.append(room, 0, progress.produced);
  }
  return out;
}

}  // namespace

std::string orig_elements(std::string_view text) {
  std::string elements = "[{\"type\":\"NarrativeText\",\"text\":";
  web::append_json_string(elements, text);
  elements += ",\"metadata\":{\"filetype\":\"text/plain\"}}]";
  return codec::encode_base64(deflated(elements));
}

}  // namespace gatehouse::chunker
