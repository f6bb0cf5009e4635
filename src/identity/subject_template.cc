#include "identity/subject_template.h"

#include <algorithm>

namespace gatehouse::identity {
namespace {

constexpr size_t kPathBytesMax = 256;
constexpr ByteView kIssuerName = "iss-name";

}  // namespace

Result<SubjectTemplate, std::string> SubjectTemplate::parse(ByteView text, ByteView issuer_name) {
  SubjectTemplate made;
  const auto add_literal = [&made](ByteView literal) {
    if (literal.empty()) return;
    if (made.parts_.empty() || made.parts_.back().is_path) made.parts_.push_back({"", false});
    made.parts_.back().text += literal;
  };
  bool path_seen = false;
  while (!text.empty()) {
    const size_t open = std::min(text.find_first_of("{}"), text.size());
    add_literal(text.substr(0, open));
    text.remove_prefix(open);
    if (text.empty()) break;
    const size_t close = text.find_first_of("{}", 1);
    if (text[0] == '}' || close == ByteView::npos || text[close] == '{') return Failure{std::string("a brace stands alone")};
    const ByteView path = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
    if (path == kIssuerName) {
      add_literal(issuer_name);
      continue;
    }
    if (path.empty() || path.size() > kPathBytesMax) return Failure{std::string("between braces stands the path of a claim")};
    if (!made.parts_.empty() && made.parts_.back().is_path)
      return Failure{std::string("two claims need text between them, or 'ab' + 'c' would be 'a' + 'bc'")};
    made.parts_.push_back({std::string(path), true});
    path_seen = true;
  }
  if (!path_seen) return Failure{std::string("every caller would have the same subject: name a claim, '{sub}'")};
  return made;
}

std::optional<std::string> SubjectTemplate::fill(const Values& values) const {
  std::string subject;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (!parts_[i].is_path) {
      subject += parts_[i].text;
      continue;
    }
    std::vector<std::string> texts;
    if (!values.texts_at(parts_[i].text, &texts) || texts.size() != 1 || texts[0].empty()) return std::nullopt;
    const bool another_follows = i + 2 < parts_.size();
    if (another_follows && texts[0].find(parts_[i + 1].text[0]) != std::string::npos) return std::nullopt;
    subject += texts[0];
  }
  return subject;
}

}  // namespace gatehouse::identity
