#include "guard/patterns.h"

#include <algorithm>
#include <map>

#include "pattern/literal.h"
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

  Result<Done, pattern::CompileError> group(std::span<const Pattern> patterns, std::span<const PatternRule> rules, Group* group) {
    Parts parts;
    std::vector<Pattern> whole;
    for (size_t i = 0; i < patterns.size(); ++i) {
      if (pattern::needs_whole_text(patterns[i].text)) whole.push_back(patterns[i]);
      else add(patterns[i], rules[i], &parts);
    }
    if (auto done = make(Database::compile, patterns, &group->exact); !done) return done;
    if (whole.empty() && parts.size() == 1 && parts.begin()->first == Key{} && group->exact.approximate().empty()) return Done{};
    for (const auto& [key, some] : parts) {   // what compiled above compiles here
      group->candidates.push_back({{}, key.first, key.first == pattern::RunKind::value ? kReachMax : 0});
      if (auto done = make(Database::compile_candidates, some, &group->candidates.back().database); !done) return done;
    }
    return make(Database::compile, whole, &group->whole);
  }

  bool compiled() const { return compiled_; }
  const std::string& fresh() const { return fresh_; }

 private:
  using Key = std::pair<pattern::RunKind, uint32_t>;
  using Parts = std::map<Key, std::vector<Pattern>>;

  /// Where all matches of a pattern lie; `first` is what is asked of joined texts in its stead.
  static pattern::RunKind run_of(const Pattern& pattern, const Pattern& first, bool shipped) {
    if (!shipped && pattern.caseless) return pattern::RunKind::none;   // U+017F may be an s; and few need no scan of their own
    const pattern::Required least = pattern::required(pattern.text);
    if (least.solid && least.token >= pattern::kTokenRun) return pattern::RunKind::token;
    if (pattern::required(first.text).value < pattern::kValueRun) return pattern::RunKind::none;
    const uint32_t longest = pattern::longest_match(first);
    const bool near = longest != 0 && longest <= kReachMax;
    return near ? pattern::RunKind::value : pattern::RunKind::none;
  }

  /// Files what is asked of joined texts: the pattern or its anchor, with others that are asked in the same places.
  static void add(const Pattern& pattern, const PatternRule& rule, Parts* parts) {
    Pattern first = pattern;
    if (!rule.anchor.empty()) first.text = rule.anchor;
    const pattern::RunKind run = run_of(pattern, first, rule.part != 0);
    const uint32_t part = run == pattern::RunKind::token ? rule.part : rule.part & ~3u;   // only those are too many for one
    (*parts)[{run, part}].push_back(std::move(first));
  }

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

uint32_t number_of(ByteView set) {
  return static_cast<uint32_t>(std::find(std::begin(pattern::kShippedSets), std::end(pattern::kShippedSets), set) -
                               std::begin(pattern::kShippedSets));
}

}  // namespace

/// Everything that decides what is compiled: another list of patterns has another name.
std::string Patterns::name(pattern::DigestOf digest_of) const {
  std::string everything;
  for (size_t i = 0; i < texts.size(); ++i) {
    const Pattern& pattern = texts[i];
    everything += std::to_string(rules[i].guard) + (pattern.bytes ? "b" : "u") + (pattern.caseless ? "i" : "c") +
                  std::to_string(rules[i].part) + ":";
    for (const ByteView part : {ByteView(pattern.text), rules[i].anchor}) {
      everything += std::to_string(part.size()) + ":";
      everything += part;
    }
  }
  std::string name;
  for (const uint8_t byte : digest_of(everything)) name += {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
  return name;
}

/// A guard's own patterns, those of its sets, and each that minds the case once more for skeletons, which have none.
std::optional<Error> Patterns::list(const std::vector<GuardRule>& from) {
  for (uint32_t guard = 0; guard < from.size(); ++guard) {
    const GuardRule& rule = from[guard];
    firsts.push_back(texts.size());
    const auto add = [&](ByteView text, bool caseless, PatternRule of) {
      const bool bytes = of.part != 0 || pattern::alike_in_bytes(text);   // for what differs there is the normal form
      texts.push_back({std::string(text), static_cast<uint32_t>(rules.size()), caseless, bytes});
      rules.push_back(of);
      if (caseless || !rule.confusables) return;
      of.skeletons = true;
      texts.push_back({std::string(text), static_cast<uint32_t>(rules.size()), true, bytes});
      rules.push_back(std::move(of));
    };
    for (uint32_t i = 0; i < rule.patterns.size(); ++i) add(rule.patterns[i], !rule.case_sensitive, {guard, i});
    for (uint32_t i = 0; i < rule.sets.size(); ++i) {
      const auto set = pattern::shipped_set(rule.sets[i]);
      if (!set) return Error{guard, i, "there is no such set", Error::What::sets};
      for (const pattern::ShippedPattern& shipped : *set)
        add(shipped.text, shipped.caseless,
            {guard, i, false, rule.sets[i] == "secrets", rule.sets[i] + "/" + std::string(shipped.name), shipped.anchor,
             4 * (1 + number_of(rule.sets[i])) + shipped.part});
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
  const std::string name = stored != nullptr && !texts.empty() ? this->name(stored->digest) : "";
  const std::string kept = name.empty() ? "" : stored->load(name);
  Maker maker(stored, kept);
  const auto wrong = [&](size_t index, const std::string& text) {
    const PatternRule& rule = rules[index];
    return Error{rule.guard, rule.entry, text, rule.name.empty() ? Error::What::patterns : Error::What::sets};
  };
  if (auto done = maker.group(texts, rules, &all); !done) return wrong(done.error().pattern, done.error().text);
  if (from.size() > 1) each.resize(from.size());
  for (size_t i = 0; i < each.size(); ++i)
    if (auto done = maker.group(of(i), std::span(rules).subspan(firsts[i], of(i).size()), &each[i]); !done)
      return wrong(firsts[i] + done.error().pattern, done.error().text);
  if (!name.empty() && maker.compiled() && stored->save) stored->save(name, maker.fresh());
  return {};
}

}  // namespace gatehouse::guard
