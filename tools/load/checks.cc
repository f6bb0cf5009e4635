#include "load/checks.h"

#include <algorithm>

namespace gatehouse::load {

Result<Done, std::string> Checks::forbid(const std::vector<std::string>& values) {
  std::vector<pattern::Pattern> patterns;
  for (const std::string& value : values) {
    std::string text;
    for (const char c : value) {
      if (ByteView("\\^$.|?*+()[]{}/#-").find(c) != ByteView::npos) text += '\\';
      text += c;
    }
    patterns.push_back({text, static_cast<uint32_t>(patterns.size() + 1), false});
  }
  auto database = pattern::Database::compile(patterns);
  if (!database)
    return Failure{"value " + std::to_string(database.error().pattern + 1) + ": " + database.error().text};
  forbidden_ = std::move(*database);
  if (!scratch_.fit(forbidden_)) return Failure{std::string("no memory for the values")};
  return Done{};
}

std::string Checks::why_forbidden() const {
  if (seen_ != 0) return "value in line " + std::to_string(seen_) + " of the list appeared in an answer";
  return coded_ ? "an answer came in a content coding, and --forbid cannot look through it" : "";
}

std::optional<Failed> Checks::judge(uint16_t status, ByteView text, size_t body_at, bool coded) {
  if (!forbidden_.empty()) {
    uint32_t found = 0;
    const auto outcome = scratch_.scan(forbidden_, text, [&found](uint32_t id, size_t) {
      found = id;
      return false;
    });
    if (outcome != pattern::Scratch::Outcome::ended) {   // also where the scan itself failed: nothing is known
      if (seen_ == 0) seen_ = found;
      return Failed::forbidden;
    }
    if (coded && text.size() > body_at) {
      coded_ = true;
      return Failed::forbidden;
    }
  }
  const bool expected = statuses_.empty() ? status >= 200 && status < 300
                                          : std::find(statuses_.begin(), statuses_.end(), status) != statuses_.end();
  if (!expected) return Failed::status;
  if (body_ && text.substr(body_at) != *body_) return Failed::body;
  return std::nullopt;
}

}  // namespace gatehouse::load
