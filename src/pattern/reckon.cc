#include "pattern/reckon.h"

#include <algorithm>

#include "pattern/cost.h"
#include "pattern/literal.h"

namespace gatehouse::pattern {
namespace {

// ns, from measurements of single patterns and of the shipped sets.
constexpr uint64_t kByLiteral[] = {100, 30, 10, 3};   // per KiB, by its length; the last from there on
constexpr uint64_t kRepeat = 10;                      // per KiB and step of a bounded repeat, when no literal keeps it asleep
constexpr uint64_t kWideRepeat = 150;                 // of a repeat that runs through ordinary text, after frequent bytes
constexpr uint64_t kHit = 15;
constexpr uint64_t kStep = 7;                         // of PCRE2
constexpr uint64_t kRepeatsMost = 2000;
constexpr uint64_t kSampleKib = 64;
constexpr uint32_t kRare = 3;                         // a literal of this length occurs seldom

/// The greatest counts of all {n} and {n,m} of an expression together; never exact, never more than kRepeatsMost.
uint64_t repeats(ByteView expression) {
  uint64_t sum = 0;
  for (size_t i = 0; i < expression.size(); ++i) {
    if (expression[i] == '\\') ++i;
    else if (expression[i] == '{') {
      uint64_t last = 0;
      for (++i; i < expression.size() && expression[i] != '}'; ++i) {
        const char c = expression[i];
        if (c == ',') last = i + 1 < expression.size() && expression[i + 1] == '}' ? last : 0;
        else if (c >= '0' && c <= '9') last = std::min(last * 10 + static_cast<uint64_t>(c - '0'), kRepeatsMost);
        else break;
      }
      sum += last;
    }
  }
  return std::min(sum, kRepeatsMost);
}

/// Wide adds up the greatest counts of bounded repeats of what most bytes of a text are: `.`, [^x], a class with a space.
/// Each byte may be in the middle of as many matches.
class Wide {
 public:
  explicit Wide(ByteView text) : text_(text) {}

  uint64_t count() {
    uint64_t sums[kDepthMax] = {};
    uint64_t inner = 0;   // of the group that ended last
    size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '{' && at_ + 1 < text_.size() && text_[at_ + 1] >= '0' && text_[at_ + 1] <= '9') {
        const uint64_t most = bound();
        if (wide_) sums[depth] += most;
        else if (most > 0) sums[depth] += inner * (most - 1);
        sums[depth] = std::min(sums[depth], kRepeatsMost);
      } else if (c == '(') {
        if (depth + 1 == kDepthMax) return kRepeatsMost;
        sums[++depth] = 0, ++at_;
      } else if (c == ')') {
        inner = depth > 0 ? sums[depth--] : 0;
        sums[depth] = std::min(sums[depth] + inner, kRepeatsMost);
        wide_ = false, ++at_;
        continue;
      } else {
        item(c);
      }
      inner = 0;
    }
    return sums[0];
  }

 private:
  static constexpr size_t kDepthMax = 64;

  void item(char c) {
    wide_ = c == '.';
    at_ += c == '\\' ? 2 : 1;
    if (c == '\\' && at_ <= text_.size()) wide_ = ByteView("SDWNCX").find(text_[at_ - 1]) != ByteView::npos;
    if (c != '[') return;
    const size_t begin = at_;
    if (at_ < text_.size() && text_[at_] == '^') ++at_;
    if (at_ < text_.size() && text_[at_] == ']') ++at_;
    while (at_ < text_.size() && text_[at_] != ']') at_ += text_[at_] == '\\' ? 2 : 1;
    const ByteView inside = text_.substr(begin, std::min(at_, text_.size()) - begin);
    wide_ = inside.starts_with('^') || inside.find(' ') != ByteView::npos || inside.find("\\s") != ByteView::npos;
    ++at_;
  }

  /// The greatest count of {n}, {n,} and {n,m}.
  uint64_t bound() {
    uint64_t least = 0, most = 0;
    for (++at_; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
      least = std::min(least * 10 + static_cast<uint64_t>(text_[at_] - '0'), kRepeatsMost);
    if (at_ < text_.size() && text_[at_] == ',')
      for (++at_; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
        most = std::min(most * 10 + static_cast<uint64_t>(text_[at_] - '0'), kRepeatsMost);
    if (at_ < text_.size()) ++at_;   // the brace
    return std::max(least, most);
  }

  ByteView text_;
  size_t at_ = 0;
  bool wide_ = false;   // the item that was taken last
};

uint64_t at_rest(ByteView expression, uint64_t literal) {
  const uint64_t cost = kByLiteral[std::min<size_t>(literal, std::size(kByLiteral) - 1)];
  if (literal >= kRare) return cost;
  return cost + kWideRepeat * Wide(expression).count() + (literal == 0 ? kRepeat * repeats(expression) : 0);
}

}  // namespace

std::vector<Reckoned> reckon(std::span<const Pattern> patterns, const Database& database) {
  std::vector<Reckoned> all(patterns.size());
  std::vector<uint64_t> steps(patterns.size()), hits(patterns.size());
  for (const size_t i : database.approximate()) all[i].approximate = true;
  uint64_t left = confirm_steps(cost_sample().size()), before = left;
  size_t asked = SIZE_MAX;   // whom PCRE2 works for
  const auto settle = [&] {
    if (asked != SIZE_MAX) steps[asked] += before - left;
    before = left;
  };
  Scratch scratch;
  const bool fits = scratch.fit(database);
  const auto wanted = [&](uint32_t id) { return settle(), asked = id, true; };
  const auto on_match = [&](uint32_t id, size_t) { return ++hits[id], true; };
  const auto outcome =
      fits ? scratch.scan(database, cost_sample(), &left, wanted, on_match) : Scratch::Outcome::failed;
  settle();
  for (size_t i = 0; i < patterns.size(); ++i) {
    all[i].literal = static_cast<uint32_t>(required_literal(patterns[i].text));
    all[i].hits_per_mib = static_cast<uint32_t>(hits[i] * (1024 / kSampleKib));
    const uint64_t cost = at_rest(patterns[i].text, all[i].literal) + (hits[i] * kHit + steps[i] * kStep) / kSampleKib;
    all[i].ns_per_kib = static_cast<uint32_t>(std::min<uint64_t>(cost, kCostUnknown - 1));
  }
  if (outcome == Scratch::Outcome::unconfirmed && asked != SIZE_MAX) all[asked].ns_per_kib = kCostUnknown;
  return all;
}

std::string described(const Reckoned& cost) {
  std::string text = cost.ns_per_kib == kCostUnknown ? "beyond the limits of confirmation"
                                                     : std::to_string(cost.ns_per_kib) + " ns per KiB";
  if (cost.literal == 0) text += ", no plain text that every match contains";
  else if (cost.literal < kRare) text += ", every match contains only " + std::to_string(cost.literal) + " plain bytes";
  if (cost.hits_per_mib > 0) text += ", " + std::to_string(cost.hits_per_mib) + " hits in 1 MiB of ordinary text";
  if (cost.approximate) text += ", confirmed by PCRE2";
  return text;
}

}  // namespace gatehouse::pattern
