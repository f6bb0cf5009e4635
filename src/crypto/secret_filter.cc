#include "crypto/secret_filter.h"

#include <algorithm>
#include <cstring>

namespace gatehouse::crypto {
namespace {

// How many bytes at the end of `text` are the beginning of `secret`, the whole of it excluded.
size_t begun_at_end(ByteView text, ByteView secret) {
  size_t at = text.size() - std::min(text.size(), secret.size() - 1);
  for (; at < text.size(); ++at) {
    const void* found = std::memchr(text.data() + at, secret[0], text.size() - at);
    if (found == nullptr) return 0;
    at = static_cast<size_t>(static_cast<const char*>(found) - text.data());
    if (secret.starts_with(text.substr(at))) return text.size() - at;
  }
  return 0;
}

}  // namespace

size_t find_bytes(ByteView text, ByteView needle) {
  if (needle.empty() || text.size() < needle.size()) return ByteView::npos;
  const void* found = memmem(text.data(), text.size(), needle.data(), needle.size());
  return found == nullptr ? ByteView::npos : static_cast<size_t>(static_cast<const char*>(found) - text.data());
}

bool blank_bytes(ByteSpan text, ByteView needle) {
  bool any = false;
  for (size_t at = 0; (at = find_bytes(view_of(text), needle)) != ByteView::npos; any = true) {
    std::memset(text.data() + at, '*', needle.size());
    text = text.subspan(at + needle.size());
  }
  return any;
}

SecretFilter::Passed SecretFilter::look(ByteView secret, ByteView piece) const {
  if (secret.empty()) return {false, {}, piece};
  // Places at which the secret may have begun in what is withheld, the earliest first.
  for (size_t at = 0; at < withheld_; ++at) {
    const ByteView begun = secret.substr(0, withheld_).substr(at);
    if (!secret.starts_with(begun)) continue;
    const ByteView rest = secret.substr(begun.size());
    if (piece.starts_with(rest)) return {true, {}, {}};
    if (rest.starts_with(piece)) return {false, secret.substr(0, at), {}};   // all of the piece is withheld, too
  }
  if (find_bytes(piece, secret) != ByteView::npos) return {true, {}, {}};
  return {false, secret.substr(0, withheld_), piece.substr(0, piece.size() - begun_at_end(piece, secret))};
}

}  // namespace gatehouse::crypto
