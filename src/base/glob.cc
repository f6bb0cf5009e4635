#include "base/glob.h"

namespace gatehouse {

bool glob_matches(ByteView pattern, ByteView name) {
  size_t p = 0, n = 0, star = ByteView::npos, back = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      back = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p, ++n;
    } else if (star != ByteView::npos) {   // the last star takes one byte more; earlier ones need not move
      p = star + 1;
      n = ++back;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace gatehouse
