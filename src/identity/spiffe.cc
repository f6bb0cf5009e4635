#include "identity/spiffe.h"

#include <algorithm>

namespace gatehouse::identity {
namespace {

constexpr ByteView kScheme = "spiffe://";
constexpr size_t kBytesMax = 2048, kTrustDomainMax = 255;

bool small(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'; }
bool any(char c) { return small(c) || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool is_spiffe_id(ByteView text) {
  if (text.size() > kBytesMax || !text.starts_with(kScheme)) return false;
  text.remove_prefix(kScheme.size());
  const size_t slash = text.find('/');
  if (slash == 0 || slash == ByteView::npos || slash > kTrustDomainMax) return false;
  if (!std::all_of(text.begin(), text.begin() + static_cast<ptrdiff_t>(slash), small)) return false;
  for (text.remove_prefix(slash); !text.empty();) {
    text.remove_prefix(1);   // its slash
    const ByteView segment = text.substr(0, text.find('/'));
    if (segment.empty() || segment == "." || segment == ".." || !std::all_of(segment.begin(), segment.end(), any)) return false;
    text.remove_prefix(segment.size());
  }
  return true;
}

}  // namespace gatehouse::identity
