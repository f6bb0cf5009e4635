#include <algorithm>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "guard/set.h"
#include "http/query.h"
#include "json/document.h"
#include "json/place.h"

namespace gatehouse::guard {
namespace {

constexpr size_t kEvidenceMax = 64;
constexpr size_t kEvidenceBefore = 48;  // of these 64: patterns report where they end
constexpr size_t kReserve = 64 * 1024;  // bodies up to here never allocate

/// Texts is every string and key of a document after unescaping (or every name and value of a query after
/// decoding), one after the other, each with a newline behind it. It is what the joined patterns are asked of.
class Texts {
 public:
  /// Text is one string or key: where it begins in the joined bytes, and which token it is.
  struct Text {
    uint32_t begin;
    uint32_t token;
    bool asked;  // by itself
  };

  void start(size_t document_bytes) {
    texts_.trim();
    bytes_.trim();
    // Unescaping never lengthens, and the newline takes less room than the two quotes did.
    bytes_.resize(document_bytes + json::kCopySlack);
    used_ = 0;
  }

  void add(const json::Document& document, const json::Token& token) {
    texts_.push({static_cast<uint32_t>(used_), token.index, false});
    used_ += document.text(token, bytes_.data() + used_);
    bytes_[used_++] = '\n';
  }

  /// add decodes one name or value of a query; `number` is its parameter's. False: it has no one reading.
  bool add(ByteView raw, uint32_t number) {
    texts_.push({static_cast<uint32_t>(used_), number, false});
    const auto length = http::decode_query_text(raw, bytes_.data() + used_);
    if (!length) return false;
    used_ += *length;
    bytes_[used_++] = '\n';
    return true;
  }

  size_t count() const { return texts_.size(); }
  uint32_t token(size_t which) const { return texts_[which].token; }
  /// True the first time only.
  bool ask(size_t which) { return !std::exchange(texts_[which].asked, true); }
  ByteView joined() const { return {bytes_.data(), used_}; }

  ByteView text(size_t which) const {
    const size_t end = which + 1 < texts_.size() ? texts_[which + 1].begin : used_;
    return {bytes_.data() + texts_[which].begin, end - 1 - texts_[which].begin};
  }

  /// Which text the byte before `end` belongs to (perhaps as the newline behind it).
  size_t which(size_t end) const {
    const Text* after = std::upper_bound(texts_.begin(), texts_.end(), end - 1,
                                         [](size_t at, const Text& text) { return at < text.begin; });
    return static_cast<size_t>(after - texts_.begin()) - 1;
  }

 private:
  Room<Text> texts_;
  Room<char> bytes_;
  size_t used_ = 0;
};

struct Collector {
  const json::Document& document;
  Texts& texts;

  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token& token) { texts.add(document, token); }
  void string(const json::Token& token) { texts.add(document, token); }
  void number(const json::Token&, json::NumberShape) {}
  void literal(const json::Token&) {}
};

Reason reason_of(json::Error error) {
  switch (error) {
    case json::Error::none: return Reason::none;
    case json::Error::malformed: return Reason::guard_uninspectable;
    case json::Error::duplicate_key: return Reason::guard_duplicate_key;
    case json::Error::too_deep: return Reason::guard_depth;
  }
  return Reason::guard_uninspectable;
}

bool inside_character(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

}  // namespace

struct Inspector::State {
  json::Document document;
  json::Place place;
  Texts texts;
  pattern::Scratch joined;  // for scans over many texts, during whose matches …
  pattern::Scratch exact;   // … this one asks single texts
  char evidence[kEvidenceMax];
  char query_place[kEvidenceMax];

  struct Hit {
    size_t guard = 0;
    size_t text = 0;
    size_t end = 0;  // in the text
  };
  enum class Found : uint8_t { nothing, hit, failed };

  Found search(const Group& group, Selection guards, Hit* hit);
  Verdict verdict_of(const Set& set, Selection guards, Hit* hit);
  bool take_query(ByteView query, ByteView separators);
  Found ask(const pattern::Database& database, Selection guards, size_t text, Hit* hit);
  Found ask_joined(const Group& group, Selection guards, Hit* hit);
  ByteView evidence_of(ByteView text, size_t end);
};

/// Asks one text by itself: the verdict.
Inspector::State::Found Inspector::State::ask(const pattern::Database& database, Selection guards, size_t text,
                                              Hit* hit) {
  const auto outcome = exact.scan(database, texts.text(text), [&](uint32_t guard, size_t end) {
    if ((guards >> guard & 1) == 0) return true;
    *hit = {guard, text, end};
    return false;
  });
  if (outcome == pattern::Scratch::Outcome::failed) return Found::failed;
  return outcome == pattern::Scratch::Outcome::stopped ? Found::hit : Found::nothing;
}

/// Asks all texts at once; each text in which a match ends is asked again by itself, once.
Inspector::State::Found Inspector::State::ask_joined(const Group& group, Selection guards, Hit* hit) {
  Found found = Found::nothing;
  const auto outcome = joined.scan(group.joined, texts.joined(), [&](uint32_t guard, size_t end) {
    if ((guards >> guard & 1) == 0) return true;
    const size_t text = texts.which(end);
    if (!texts.ask(text)) return true;
    found = ask(group.exact, guards, text, hit);
    return found == Found::nothing;
  });
  return outcome == pattern::Scratch::Outcome::failed ? Found::failed : found;
}

Inspector::State::Found Inspector::State::search(const Group& group, Selection guards, Hit* hit) {
  Found found = ask_joined(group, guards, hit);
  if (group.whole.empty()) return found;
  for (size_t i = 0; i < texts.count() && found == Found::nothing; ++i) found = ask(group.whole, guards, i, hit);
  return found;
}

ByteView Inspector::State::evidence_of(ByteView text, size_t end) {
  size_t from = end > kEvidenceBefore ? end - kEvidenceBefore : 0;
  size_t to = from + kEvidenceMax < text.size() ? from + kEvidenceMax : text.size();
  while (from < to && inside_character(text[from])) ++from;
  while (to > from && to < text.size() && inside_character(text[to])) --to;
  size_t length = 0;
  for (size_t i = from; i < to; ++i) {
    const auto c = static_cast<uint8_t>(text[i]);
    evidence[length++] = c < 0x20 || c == 0x7f ? '.' : text[i];
  }
  return {evidence, length};
}

Inspector::Inspector() : state_(std::make_unique<State>()) {}
Inspector::~Inspector() = default;

bool Inspector::prepare(const Set& set) {
  State& state = *state_;
  state.texts.start(kReserve);
  if (!state.document.reserve(kReserve)) return false;
  const auto fit = [&](const Group& group) {
    return state.joined.fit(group.joined) && state.exact.fit(group.exact) && state.exact.fit(group.whole);
  };
  bool ok = fit(set.state().all);
  for (const Group& group : set.state().each) ok = ok && fit(group);
  return ok;
}

Inspector::Verdict Inspector::inspect(const Set& set, Selection guards, ByteView body) {
  State& state = *state_;
  Verdict verdict;
  state.texts.start(body.size());
  Collector collector{state.document, state.texts};
  verdict.reason = reason_of(state.document.walk(body, collector));
  if (verdict.reason != Reason::none) return verdict;
  State::Hit hit;
  verdict = state.verdict_of(set, guards, &hit);
  if (verdict.reason != Reason::guard_hit) return verdict;
  state.place.start(state.document);
  verdict.place = state.place.of(state.texts.token(hit.text));
  return verdict;
}

/// What the guards say of the texts that were collected; all but the place.
Inspector::Verdict Inspector::State::verdict_of(const Set& set, Selection guards, Hit* hit) {
  Verdict verdict;
  guards &= set.state().every;
  if (guards == 0) return verdict;
  switch (search(set.state().group(guards), guards, hit)) {
    case Found::nothing: return verdict;
    case Found::failed: verdict.reason = Reason::guard_uninspectable; return verdict;
    case Found::hit: break;
  }
  verdict.reason = Reason::guard_hit;
  verdict.guard = hit->guard;
  verdict.evidence = evidence_of(texts.text(hit->text), hit->end);
  return verdict;
}

bool Inspector::State::take_query(ByteView query, ByteView separators) {
  http::QueryWalk walk(query, separators);
  http::QueryWalk::Parameter parameter;
  while (walk.next(&parameter)) {
    const auto at = static_cast<uint32_t>(parameter.name.data() - query.data());
    if (!texts.add(parameter.name, at) || !texts.add(parameter.value, at)) return false;
  }
  return true;
}

Inspector::Verdict Inspector::inspect_query(const Set& set, Selection guards, ByteView query) {
  State& state = *state_;
  Verdict verdict;
  // Two readings; decoding never lengthens, and a parameter of one byte takes two newlines more.
  state.texts.start(4 * query.size() + 8);
  const bool two = query.find(';') != ByteView::npos;
  if (!state.take_query(query, "&") || (two && !state.take_query(query, "&;"))) {
    verdict.reason = Reason::guard_query;
    return verdict;
  }
  State::Hit hit;
  verdict = state.verdict_of(set, guards, &hit);
  if (verdict.reason != Reason::guard_hit) return verdict;
  const ByteView name = query.substr(state.texts.token(hit.text));
  const size_t length = std::min({name.find_first_of("&;="), name.size(), sizeof state.query_place - 1});
  state.query_place[0] = '?';
  std::memcpy(state.query_place + 1, name.data(), length);
  verdict.place = {state.query_place, length + 1};
  return verdict;
}

}  // namespace gatehouse::guard
