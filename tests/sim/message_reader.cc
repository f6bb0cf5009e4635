#include "message_reader.h"

#include <algorithm>
#include <cstdlib>

namespace gatehouse::sim {

const std::string* Message::field(ByteView name) const {
  for (const auto& [key, value] : fields)
    if (key == name) return &value;
  return nullptr;
}

int Message::status() const {
  return head_whole && start.size() > 12 ? atoi(start.c_str() + 9) : 0;
}

ByteView Message::method() const {
  return ByteView(start).substr(0, start.find(' '));
}

ByteView Message::target() const {
  const size_t from = start.find(' ') + 1;
  return ByteView(start).substr(from, start.rfind(' ') - from);
}

bool MessageReader::fail(const std::string& problem) {
  broken_ = true;
  problem_ = problem;
  return false;
}

void MessageReader::next() {
  message_ = {};
  state_ = Body::none;
}

bool MessageReader::step() {
  if (broken_ || message_.whole) return message_.whole;
  if (!message_.head_whole && !read_head()) return false;
  return read_body();
}

bool MessageReader::read_head() {
  const size_t end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (buffer_.size() > 64 * 1024) return fail("a head without an end");
    return false;
  }
  size_t at = 0;
  for (bool first = true; at < end + 2; first = false) {
    const size_t line_end = buffer_.find("\r\n", at);
    const std::string line = buffer_.substr(at, line_end - at);
    at = line_end + 2;
    if (first) {
      message_.start = line;
      continue;
    }
    const size_t colon = line.find(": ");
    if (colon == std::string::npos) return fail("a field without \": \": " + line);
    std::string name = line.substr(0, colon);
    for (char& c : name) c = static_cast<char>(tolower(c));
    message_.fields.emplace_back(name, line.substr(colon + 2));
  }
  buffer_.erase(0, end + 4);
  if (answers_ && message_.start.rfind("HTTP/1.1 ", 0) != 0) return fail("no status line: " + message_.start);
  if (!answers_ && message_.start.find(" HTTP/1.1") == std::string::npos)
    return fail("no request line: " + message_.start);
  message_.head_whole = true;
  choose_body();
  return !broken_;
}

void MessageReader::choose_body() {
  const std::string* length = message_.field("content-length");
  const std::string* coding = message_.field("transfer-encoding");
  if (length != nullptr && coding != nullptr) fail("length and coding");
  size_t lengths = 0;
  for (const auto& entry : message_.fields) lengths += entry.first == "content-length" ? 1 : 0;
  if (lengths > 1) fail("two lengths");
  const int status = message_.status();
  const bool bodiless = answers_ && (head_request || status == 204 || status == 304 || status / 100 == 1);
  if (bodiless) {
    state_ = Body::none;
  } else if (coding != nullptr) {
    if (*coding != "chunked") fail("coding " + *coding);
    state_ = Body::chunk_size;
  } else if (length != nullptr) {
    left_ = strtoull(length->c_str(), nullptr, 10);
    state_ = left_ > 0 ? Body::length : Body::none;
  } else {
    message_.until_close = answers_;
    state_ = answers_ ? Body::until_close : Body::none;
  }
}

bool MessageReader::read_body() {
  for (;;) {
    switch (state_) {
      case Body::none: message_.whole = true; return true;
      case Body::until_close:
        message_.body += buffer_;
        buffer_.clear();
        return false;
      case Body::length:
      case Body::chunk_data: {
        const size_t count = std::min<size_t>(left_, buffer_.size());
        message_.body.append(buffer_, 0, count);
        buffer_.erase(0, count);
        left_ -= count;
        if (left_ > 0) return false;
        state_ = state_ == Body::length ? Body::none : Body::chunk_end;
        continue;
      }
      case Body::chunk_size: {
        const size_t end = buffer_.find("\r\n");
        if (end == std::string::npos) return false;
        char* rest = nullptr;
        left_ = strtoull(buffer_.c_str(), &rest, 16);
        if (rest != buffer_.c_str() + end || end == 0) return fail("chunk size " + buffer_.substr(0, end));
        buffer_.erase(0, end + 2);
        state_ = left_ > 0 ? Body::chunk_data : Body::trailer;
        continue;
      }
      case Body::chunk_end:
      case Body::trailer:
        if (buffer_.size() < 2) return false;
        if (buffer_.compare(0, 2, "\r\n") != 0) return fail("no line end after a chunk");
        buffer_.erase(0, 2);
        state_ = state_ == Body::trailer ? Body::none : Body::chunk_size;
        continue;
    }
  }
}

void MessageReader::ended() {
  if (!broken_ && message_.head_whole && state_ == Body::until_close) {
    state_ = Body::none;
    message_.whole = true;
  }
}

}  // namespace gatehouse::sim
