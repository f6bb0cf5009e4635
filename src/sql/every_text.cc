#include "sql/every_text.h"

namespace gatehouse::sql {
namespace {

constexpr int kDepthMax = 16;

/// What an alternative may match: nothing; all that there is, `.*`; and which ends of the text it holds to.
struct Fit {
  bool empty = true;
  bool all = false;
  bool begins = false, ends = false;
  bool every() const { return empty && (all || !(begins && ends)); }
};

class Reader {
 public:
  explicit Reader(ByteView text) : text_(text) {}

  /// Alternatives up to the end or the `)` of a group.
  Fit alternatives(int depth) {
    Fit best = one(depth);
    while (take('|')) {
      const Fit other = one(depth);
      if (other.every() || (other.empty && !best.every())) best = other;
    }
    return best;
  }

 private:
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Fit one(int depth) {
    Fit fit;
    while (at_ < text_.size() && text_[at_] != '|' && text_[at_] != ')') {
      if (take('^')) fit.begins = true;
      else if (take('$')) fit.ends = true;
      else piece(depth, &fit);
    }
    return fit;
  }

  void piece(int depth, Fit* fit) {
    Fit inner{false};
    bool any = false;   // one character of any kind
    const char c = text_[at_++];
    if (c == '(') {
      if (at_ < text_.size() && text_[at_] == '?') at_ += 2;
      if (depth >= kDepthMax) {
        at_ = text_.size();
        return;
      }
      inner = alternatives(depth + 1);
      take(')');
    } else if (c == '[') {
      bracket();
    } else if (c == '\\') {
      const char escaped = at_ < text_.size() ? text_[at_++] : '\0';
      inner.empty = ByteView("AZmMyYbB").find(escaped) != ByteView::npos || (escaped >= '0' && escaped <= '9');
    } else {
      any = c == '.';
    }
    const bool repeats = quantified(&inner);
    fit->all |= inner.all || (any && repeats && inner.empty);
    fit->empty &= inner.empty;
    fit->begins |= inner.begins && !repeats;
    fit->ends |= inner.ends && !repeats;
  }

  void bracket() {
    take('^');
    take(']');
    while (at_ < text_.size() && text_[at_] != ']') ++at_;
    take(']');
  }

  /// A quantifier behind a piece, or several; true when it may stand again and again.
  bool quantified(Fit* fit) {
    bool repeats = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '*') repeats = fit->empty = true;
      else if (c == '+') repeats = true;
      else if (c == '?') fit->empty = true;
      else if (c == '{') repeats |= counted(fit);
      else return repeats;
    }
    return repeats;
  }

  bool counted(Fit* fit) {
    const size_t end = text_.find('}', at_);
    if (end == ByteView::npos) return false;
    const ByteView count = text_.substr(at_ + 1, end - at_ - 1);
    const ByteView least = count.substr(0, count.find(','));
    fit->empty |= least.find_first_not_of('0') == ByteView::npos;
    at_ = end;
    return count.find(',') != ByteView::npos;
  }

  ByteView text_;
  size_t at_ = 0;
};

}  // namespace

bool fits_every_text(ByteView expression) { return Reader(expression).alternatives(0).every(); }

}  // namespace gatehouse::sql
