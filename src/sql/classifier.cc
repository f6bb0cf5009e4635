#include <algorithm>
#include <list>
#include <unordered_map>

#include "base/byte_set.h"
#include "sql/shape.h"
#include "sql/walk.h"
#include "sql/words.h"

namespace gatehouse::sql {
namespace {

// What a destructive text can begin with, and what must then stand in it.
constexpr ByteView kDestructive[] = {"DROP", "DELETE", "TRUNCATE", "UPDATE", "ALTER", "GRANT", "REVOKE", "MERGE", "DO", "CALL",
                                     "REASSIGN", "COPY", "LOAD", "IMPORT", "EXECUTE", "SECURITY"};
constexpr ByteView kPreludes[] = {
    "SELECT", "WITH", "EXPLAIN", "BEGIN", "START", "SET", "RESET", "INSERT", "CREATE", "VALUES", "COMMIT",
    "ABORT", "ROLLBACK", "PREPARE", "LOCK", "TABLE", "END", "SHOW", "DECLARE", "DISCARD", "ANALYZE", "VACUUM",
    "SAVEPOINT", "RELEASE", "NOTIFY", "LISTEN", "UNLISTEN", "CLUSTER", "REINDEX", "REFRESH", "CHECKPOINT",
    "COMMENT", "FETCH", "MOVE", "CLOSE", "DEALLOCATE"};

/// Lengths of listed words, by their first letter: most words are told from all of them at once.
struct Lengths {
  uint32_t by_letter[32] = {};
  size_t most = 0;
  constexpr void add(ByteView word) {
    by_letter[word[0] & 31] |= 1u << word.size();
    most = std::max(most, word.size());
  }
  constexpr Lengths() {
    for (const ByteView word : kDestructive) add(word);
    for (const ByteView word : kPreludes) add(word);
  }
  bool has(ByteView word) const { return word.size() < 32 && (by_letter[word[0] & 31] >> word.size() & 1) != 0; }
};
constexpr Lengths kLengths;

constexpr ByteSet kBefore(";(-/");
constexpr ByteSet kWordBytes = ByteSet("_$").with_alphanumeric();

/// Most texts are told here without the lexer. It leaves out white space, comments and what prints nothing; semicolons and
/// parentheses may stand before a statement, too. False: no listed word is the first.
bool may_begin(ByteView text) {
  const char first = text.front();
  if ((first | 0x20) < 'a' || (first | 0x20) > 'z')
    return static_cast<uint8_t>(first) <= ' ' || static_cast<uint8_t>(first) >= 0x80 || kBefore.has(first);
  size_t length = 1;
  while (length <= kLengths.most && length < text.size() && kWordBytes.has(text[length])) ++length;
  const bool goes_on = length < text.size() && static_cast<uint8_t>(text[length]) >= 0x80;   // perhaps: the lexer knows
  return goes_on || kLengths.has(text.substr(0, length));
}

// A verdict with one of these is of the very text alone (shape.h).
constexpr uint32_t kOfTextAlone = kUnbounded | kUnproven | kNotParsed | kAmbiguous | kTooComplex | kOfValues;

}  // namespace

bool looks_like(ByteView text) {
  if (text.empty() || !may_begin(text)) return false;
  Lexer lexer(text);
  Token token = lexer.next();
  while (token.kind == Kind::semicolon || token.kind == Kind::open) token = lexer.next();
  if (token.kind != Kind::word) return false;
  const ByteView first = text.substr(token.begin, token.length);
  return kLengths.has(first) && (among_words(first, kDestructive) || among_words(first, kPreludes));
}

struct Classifier::Kept {
  struct Entry {
    std::string text;
    Verdict verdict;
  };
  std::list<Entry> entries;   // the last used one in front
  std::unordered_map<ByteView, std::list<Entry>::iterator> by_text;
  size_t bytes = 0;
  Verdict last;
  Room room;
  std::string shape;

  const Verdict* find(ByteView text) {
    const auto found = by_text.find(text);
    if (found == by_text.end()) return nullptr;
    entries.splice(entries.begin(), entries, found->second);
    return &found->second->verdict;
  }
};

Classifier::Classifier(const Limits& limits) : kept_(std::make_unique<Kept>()), limits_(limits) {}
Classifier::~Classifier() = default;

bool Classifier::slow(ByteView text) const {
  return text.size() > limits_.slow_bytes && text.size() <= limits_.bytes && !kept_->by_text.contains(text);
}

const Verdict& Classifier::classify(ByteView text) {
  Kept& kept = *kept_;
  if (text.size() <= limits_.bytes && limits_.cache_entries != 0) {
    if (const Verdict* found = kept.find(text)) return *found;
    if (shape_of(text, &kept.shape)) {
      const Verdict* shaped = kept.find(kept.shape);
      if (shaped == nullptr) shaped = &keep(kept.shape, sql::classify(kept.shape, limits_, kept.room));
      if (!shaped->has(kOfTextAlone)) return *shaped;
    }
  }
  return keep(text, sql::classify(text, limits_, kept.room));
}

const Verdict& Classifier::keep(ByteView text, Verdict verdict) {
  Kept& kept = *kept_;
  if (text.size() > std::min(limits_.bytes, limits_.cache_bytes) || limits_.cache_entries == 0) {
    kept.last = std::move(verdict);
    return kept.last;
  }
  if (const auto old = kept.by_text.find(text); old != kept.by_text.end()) {
    old->second->verdict = std::move(verdict);
    return old->second->verdict;
  }
  while (!kept.entries.empty() &&
         (kept.entries.size() >= limits_.cache_entries || kept.bytes + text.size() > limits_.cache_bytes)) {
    kept.bytes -= kept.entries.back().text.size();
    kept.by_text.erase(kept.entries.back().text);
    kept.entries.pop_back();
  }
  kept.entries.push_front({std::string(text), std::move(verdict)});
  kept.bytes += text.size();
  kept.by_text.emplace(kept.entries.front().text, kept.entries.begin());
  return kept.entries.front().verdict;
}

Classifier::Hit Classifier::destructive(ByteView text) {
  if (!looks_like(text)) return Hit::no;
  const auto by_front = [&] { return may_go_on(text, limits_, kept_->room) ? Hit::unread : Hit::no; };
  if (text.size() > limits_.bytes) return by_front();
  const Verdict& verdict = classify(text);
  if (verdict.has(kTooComplex)) return by_front();
  return !verdict.has(kNotParsed) && verdict.destructive() ? Hit::yes : Hit::no;
}

}  // namespace gatehouse::sql
