#include "guard/patterns.h"

#include "pattern/normal_form.h"
#include "pattern/shipped.h"

namespace gatehouse::guard {
namespace {

using pattern::Database;
using pattern::Pattern;
using Error = Set::CompileError;

/// Databases come out of what was stored, one after the other, or are compiled; what is to be stored is written anew.
class Maker {
 public:
  Maker(const Stored* stored, ByteView bytes) : stored_(stored), bytes_(bytes) {}

  Result<Done, pattern::CompileError> group(std::span<const Pattern> patterns, Group* group) {
    std::vector<Pattern> joined, whole;
    for (const Pattern& pattern : patterns) (pattern::needs_whole_text(pattern.text) ? whole : joined).push_back(pattern);
    if (auto done = make(Database::compile, patterns, &group->exact); !done) return done;
    group->same = whole.empty() && group->exact.approximate().empty();
    if (group->same) return Done{};
    if (auto done = make(Database::compile_candidates, joined, &group->candidates); !done) return done;   // cannot be:
    return make(Database::compile, whole, &group->whole);                                                 // subsets compiled
  }

  bool compiled() const { return compiled_; }
  const std::string& fresh() const { return fresh_; }

 private:
  using Compile = Result<Database, pattern::CompileError> (*)(std::span<const Pattern>);

  Result<Done, pattern::CompileError> make(Compile compile, std::span<const Pattern> patterns, Database* database) {
    const ByteView piece = next();
    if (stored_ != nullptr && !piece.empty()) {
      if (auto restored = Database::restore(piece, patterns, stored_->digest)) {
        *database = std::move(*restored);
        put(piece);
        return Done{};
      }
    }
    auto made = compile(patterns);
    if (!made) return Failure{made.error()};
    *database = std::move(made).value();
    if (stored_ == nullptr) return Done{};
    compiled_ = compiled_ || !database->empty();
    put(database->store(patterns, stored_->digest));
    return Done{};
  }

  /// A piece is eight bytes of length and what they count; none is left when they do not fit.
  ByteView next() {
    if (bytes_.size() < 8) return bytes_ = {};
    uint64_t size = 0;
    for (size_t i = 8; i-- > 0;) size = size << 8 | static_cast<uint8_t>(bytes_[i]);
    bytes_.remove_prefix(8);
    if (size > bytes_.size()) return bytes_ = {};
    const ByteView piece = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return piece;
  }

  void put(ByteView piece) {
    if (stored_ == nullptr) return;
    for (size_t i = 0; i < 8; ++i) fresh_.push_back(static_cast<char>(uint64_t{piece.size()} >> 8 * i));
    fresh_.append(piece);
  }

  const Stored* stored_;
  ByteView bytes_;
  std::string fresh_;
  bool compiled_ = false;
};

/// Everything that decides what is compiled: another list of patterns has another name.
std::string name_of(const Patterns& patterns, pattern::DigestOf digest_of) {
  std::string all;
  for (size_t i = 0; i < patterns.texts.size(); ++i) {
    const Pattern& pattern = patterns.texts[i];
    all += std::to_string(patterns.rules[i].guard) + (pattern.caseless ? "i" : "c") + std::to_string(pattern.text.size()) + ":";
    all += pattern.text;
  }
  std::string name;
  for (const uint8_t byte : digest_of(all)) name += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  return name;
}

}  // namespace

/// A guard's own patterns, those of its sets, and each that minds the case once more for skeletons, which have none.
std::optional<Error> Patterns::list(const std::vector<GuardRule>& from) {
  for (uint32_t guard = 0; guard < from.size(); ++guard) {
    const GuardRule& rule = from[guard];
    firsts.push_back(texts.size());
    const auto add = [&](ByteView text, bool caseless, PatternRule of) {
      texts.push_back({std::string(text), static_cast<uint32_t>(rules.size()), caseless});
      rules.push_back(of);
      if (caseless || !rule.confusables) return;
      of.skeletons = true;
      texts.push_back({std::string(text), static_cast<uint32_t>(rules.size()), true});
      rules.push_back(std::move(of));
    };
    for (uint32_t i = 0; i < rule.patterns.size(); ++i) add(rule.patterns[i], !rule.case_sensitive, {guard, i});
    for (uint32_t i = 0; i < rule.sets.size(); ++i) {
      const auto set = pattern::shipped_set(rule.sets[i]);
      if (!set) return Error{guard, i, "there is no such set", Error::What::sets};
      for (const pattern::ShippedPattern& shipped : *set)
        add(shipped.text, shipped.caseless,
            {guard, i, false, rule.sets[i] == "secrets", rule.sets[i] + "/" + std::string(shipped.name)});
    }
  }
  return {};
}

std::span<const Pattern> Patterns::of(size_t guard) const {
  const size_t end = guard + 1 < firsts.size() ? firsts[guard + 1] : texts.size();
  return {texts.data() + firsts[guard], end - firsts[guard]};
}

std::optional<Error> Patterns::compile(const std::vector<GuardRule>& from, const Stored* stored) {
  if (auto error = list(from)) return error;
  for (const GuardRule& rule : from)
    if (rule.confusables) pattern::prepare_skeletons();
  const std::string name = stored != nullptr && !texts.empty() ? name_of(*this, stored->digest) : "";
  const std::string kept = name.empty() ? "" : stored->load(name);
  Maker maker(stored, kept);
  const auto wrong = [&](size_t index, const std::string& text) {
    const PatternRule& rule = rules[index];
    return Error{rule.guard, rule.entry, text, rule.name.empty() ? Error::What::patterns : Error::What::sets};
  };
  if (auto done = maker.group(texts, &all); !done) return wrong(done.error().pattern, done.error().text);
  if (from.size() > 1) each.resize(from.size());
  for (size_t i = 0; i < each.size(); ++i)
    if (auto done = maker.group(of(i), &each[i]); !done) return wrong(firsts[i] + done.error().pattern, done.error().text);
  if (!name.empty() && maker.compiled() && stored->save) stored->save(name, maker.fresh());
  return {};
}

}  // namespace gatehouse::guard
