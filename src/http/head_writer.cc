#include "http/head_writer.h"

#include <charconv>
#include <cstring>

#include "http/byte_class.h"

namespace gatehouse::http {
namespace {

bool is_trimmed(ByteView value) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  return value.empty() || (!blank(value.front()) && !blank(value.back()));
}

/// copy moves the bytes and returns their end. Names and values are short: as two words that overlap they cost no call.
[[gnu::always_inline]] inline char* copy(ByteView bytes, char* to) {
  const size_t size = bytes.size();
  const char* const from = bytes.data();
  if (size >= 8 && size <= 16) {
    char low[8], high[8];
    std::memcpy(low, from, 8);
    std::memcpy(high, from + size - 8, 8);
    std::memcpy(to, low, 8);
    std::memcpy(to + size - 8, high, 8);
  } else if (size > 16 && size <= 32) {
    char low[16], high[16];
    std::memcpy(low, from, 16);
    std::memcpy(high, from + size - 16, 16);
    std::memcpy(to, low, 16);
    std::memcpy(to + size - 16, high, 16);
  } else if (size != 0) {
    std::memcpy(to, from, size);
  }
  return to + size;
}

}  // namespace

bool HeadWriter::enter(Part from, Part to, bool valid) {
  if (part_ != from || !valid) failed_ = true;
  part_ = to;
  return !failed_;
}

void HeadWriter::put(std::initializer_list<ByteView> parts) {
  size_t size = 0;
  for (const ByteView part : parts) size += part.size();
  if (size > out_.size() - used_) {
    failed_ = true;
    return;
  }
  char* at = out_.data() + used_;   // a local: bytes that are written might be any member
  for (const ByteView part : parts) {
    if (part.empty()) continue;
    std::memcpy(at, part.data(), part.size());
    at += part.size();
  }
  used_ += size;
}

void HeadWriter::request_line(ByteView method, ByteView target) {
  const bool form = target == "*" || (!target.empty() && target.front() == '/');
  if (!enter(Part::start, Part::fields, is_token(method) && form && all_in(target, kGraph))) return;
  put({method, " ", target, " HTTP/1.1\r\n"});
}

void HeadWriter::status_line(int status, ByteView phrase) {
  if (!enter(Part::start, Part::fields, status >= 100 && status <= 599 && all_value(phrase))) return;
  const char digits[3] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                          static_cast<char>('0' + status % 10)};
  put({"HTTP/1.1 ", {digits, sizeof digits}, " ", phrase, "\r\n"});
}

void HeadWriter::field(ByteView name, ByteView value) {
  if (!enter(Part::fields, Part::fields, !name.empty() && all_field(name, value) && is_trimmed(value))) return;
  const size_t size = name.size() + value.size() + 4;   // put(), written out: heads are made of fields
  if (size > out_.size() - used_) {
    failed_ = true;
    return;
  }
  char* at = copy(name, out_.data() + used_);
  std::memcpy(at, ": ", 2);
  at = copy(value, at + 2);
  std::memcpy(at, "\r\n", 2);
  used_ += size;
}

void HeadWriter::field(ByteView name, uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value);
  field(name, ByteView{digits, static_cast<size_t>(end.ptr - digits)});
}

void HeadWriter::finish() {
  if (enter(Part::fields, Part::done, true)) put({"\r\n"});
}

ByteView status_phrase(int status) {
  struct Phrase {
    int status;
    ByteView text;
  };
  static constexpr Phrase kPhrases[] = {  // RFC 9110 section 15, RFC 6585, RFC 8297, RFC 4918
      {100, "Continue"}, {101, "Switching Protocols"}, {102, "Processing"}, {103, "Early Hints"},
      {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {203, "Non-Authoritative Information"},
      {204, "No Content"}, {205, "Reset Content"}, {206, "Partial Content"}, {207, "Multi-Status"},
      {300, "Multiple Choices"}, {301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"},
      {304, "Not Modified"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"},
      {400, "Bad Request"}, {401, "Unauthorized"}, {402, "Payment Required"}, {403, "Forbidden"},
      {404, "Not Found"}, {405, "Method Not Allowed"}, {406, "Not Acceptable"},
      {407, "Proxy Authentication Required"}, {408, "Request Timeout"}, {409, "Conflict"}, {410, "Gone"},
      {411, "Length Required"}, {412, "Precondition Failed"}, {413, "Content Too Large"},
      {414, "URI Too Long"}, {415, "Unsupported Media Type"}, {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"}, {421, "Misdirected Request"}, {422, "Unprocessable Content"},
      {423, "Locked"}, {424, "Failed Dependency"}, {425, "Too Early"}, {426, "Upgrade Required"},
      {428, "Precondition Required"}, {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
      {451, "Unavailable For Legal Reasons"},
      {500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
      {503, "Service Unavailable"}, {504, "Gateway Timeout"}, {505, "HTTP Version Not Supported"},
      {507, "Insufficient Storage"}, {511, "Network Authentication Required"},
  };
  if (status == 200) return "OK";
  for (const Phrase& phrase : kPhrases)
    if (phrase.status == status) return phrase.text;
  return "";
}

}  // namespace gatehouse::http
