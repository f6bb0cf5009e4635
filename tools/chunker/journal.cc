#include "chunker/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "web/json_text.h"

namespace gatehouse::chunker {

Journal::~Journal() {
  if (file_ >= 0) close(file_);
}

bool Journal::open(const std::string& path) {
  file_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  return file_ >= 0;
}

void Journal::add(const http::RequestHead& head, ByteView body, ByteView credential, int status) {
  std::string line = "{\"number\":" + std::to_string(++total_) + ",\"method\":";
  web::append_ascii_string(line, head.method);
  line += ",\"target\":";
  web::append_ascii_string(line, head.target);
  line += ",\"fields\":[";
  for (size_t i = 0; i < head.fields.count; ++i) {
    if (i > 0) line += ',';
    web::append_ascii_string(line, head.fields.items[i].name);
  }
  line += "],\"credential\":";
  web::append_json_string(line, credential);
  line += ",\"body_bytes\":" + std::to_string(body.size());
  line += ",\"body_sha256\":\"" + crypto::hex(crypto::sha256(body)) + "\"";
  line += ",\"status\":" + std::to_string(status) + "}";
  if (file_ >= 0) {
    std::string text = line + "\n";
    // A journal that cannot be written is no reason to stop chunking; /stats still has the line.
    [[maybe_unused]] ssize_t written = write(file_, text.data(), text.size());
  }
  lines_.push_back(std::move(line));
  if (lines_.size() > kKept) lines_.pop_front();
}

std::string Journal::json() const {
  std::string text = "{\"total\":" + std::to_string(total_) + ",\"deletions\":{";
  for (const auto& [collection, count] : deletions_) {
    if (text.back() != '{') text += ',';
    web::append_ascii_string(text, collection);
    text += ':' + std::to_string(count);
  }
  text += "},\"requests\":[";
  for (const std::string& line : lines_) {
    if (text.back() != '[') text += ',';
    text += line;
  }
  return text + "]}";
}

}  // namespace gatehouse::chunker
