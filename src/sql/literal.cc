#include "sql/literal.h"

#include "sql/terms.h"
#include "sql/truths.h"

namespace gatehouse::sql {
namespace {

/// '^(x|y)$': alternatives right behind ^, each of which is letters and digits, one of them at least; nothing else in groups.
bool is_choice(ByteView expression) {
  if (!expression.starts_with("^(")) return false;
  size_t i = 2, begin = 2;
  bool yes = false, no = false;   // '^(t|f|x)' leaves no boolean out
  const auto note = [&](ByteView each) {   // none is printed as a digit
    const std::optional<bool> truth = each[0] <= '9' ? std::nullopt : truth_of(each);
    yes |= truth == true;
    no |= truth == false;
  };
  for (; i < expression.size() && expression[i] != ')'; ++i) {
    if (expression[i] == '|' && i > begin) {
      note(expression.substr(begin, i - begin));
      begin = i + 1;
    } else if (!is_plain(expression[i])) {
      return false;
    }
  }
  if (i >= expression.size() || i == begin) return false;
  note(expression.substr(begin, i - begin));
  if (yes && no) return false;
  const ByteView rest = expression.substr(i + 1);
  return rest.find_first_of("|()") == ByteView::npos && (rest.empty() || ByteView("?*{+").find(rest[0]) == ByteView::npos);
}

}  // namespace

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '/' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_literal_like(ByteView pattern) {
  size_t run = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    run = c == '%' || c == '_' || c == '\\' ? 0 : run + 1;
    if (run == 3 || (run == 1 && i == 0)) return true;
  }
  return false;
}

bool is_literal_expression(ByteView expression) {
  if (expression.find_first_of("|()") != ByteView::npos || expression.starts_with("***")) return is_choice(expression);
  size_t run = 0;
  bool front = expression.starts_with('^');
  for (size_t i = front ? 1 : 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (c == '\\') {
      ++i;
      run = 0, front = false;
      continue;
    }
    if (c == '[' || c == '{') {
      const size_t close = expression.find(c == '[' ? ']' : '}', i + 2);
      if (close == ByteView::npos || expression.substr(i + 1, close - i).find_first_of("[\\") != ByteView::npos) return false;
      if (expression[close - 1] == '^') return false;   // [^]abc]
      i = close;
    }
    const char behind = i + 1 < expression.size() ? expression[i + 1] : '\0';
    run = is_plain(c) && behind != '?' && behind != '*' && behind != '{' ? run + 1 : 0;
    if (run >= 3 || (run == 1 && front)) return true;
    front = false;
  }
  return false;
}

bool is_for_texts(ByteView expression) {
  for (size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i], behind = i + 1 < expression.size() ? expression[i + 1] : '\0';
    if ((c == '^' && i > 0) || (c == '$' && behind != '\0')) return false;
    if (c == '\\' && (behind == '\0' || is_plain(behind))) return false;   // \A and the like; \. is a dot
    if (c == '\\') ++i;
  }
  return true;
}

bool is_literal_similar(const Tree& tree, uint32_t right) {
  const uint32_t call = tree.child(right, "FuncCall"), list = tree.child(call, "args");
  if (call == Tree::kNone || count(tree, list) != 1) return false;
  const std::string text = unescaped(tree.text(tree.child(tree.child(bare(tree, tree.first(list)), "A_Const"), "sval"), "sval"));
  if (text.size() < 2 || text.find_first_of("|()\\") != std::string::npos) return false;
  return is_plain(text[0]) && text[0] != '_' && ByteView("?*{+").find(text[1]) == ByteView::npos;
}

}  // namespace gatehouse::sql
