#include "config/inspection.h"

#include "crypto/digest.h"

namespace gatehouse::config {
namespace {

/// Fingerprint digests a list of values so that no two lists give the same bytes.
class Fingerprint {
 public:
  void number(uint64_t value) {
    char bytes[8];
    for (char& byte : bytes) byte = static_cast<char>(value & 0xff), value >>= 8;
    digest_.add({bytes, sizeof bytes});
  }
  void text(ByteView value) {
    number(value.size());
    digest_.add(value);
  }
  void texts(const std::vector<Text>& values) {
    number(values.size());
    for (const Text& value : values) text(value.value);
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }
  Snapshot::Digest finish() { return digest_.finish(); }

 private:
  crypto::Sha256Stream digest_;
};

Snapshot::Digest digest_of(const std::vector<GuardSettings>& guards) {
  Fingerprint fingerprint;
  for (const GuardSettings& guard : guards) {
    fingerprint.text(guard.name.value);
    fingerprint.texts(guard.patterns);
    fingerprint.number(guard.rule.case_sensitive);
    fingerprint.number(static_cast<uint64_t>(guard.rule.effect));
    fingerprint.number(guard.rule.sources);
    fingerprint.texts(guard.rule.fields);
  }
  return fingerprint.finish();
}

Snapshot::Digest digest_of(const std::vector<MaskSettings>& masks) {
  Fingerprint fingerprint;
  for (const MaskSettings& mask : masks) {
    fingerprint.text(mask.name.value);
    fingerprint.texts(mask.fields);
    fingerprint.number(mask.detectors.size());
    for (const mask::Detector detector : mask.detectors) fingerprint.number(static_cast<uint64_t>(detector));
    fingerprint.number(static_cast<uint64_t>(mask.method));
  }
  return fingerprint.finish();
}

/// Origins of a list that is compiled with its broken entries left out: which entry stood where.
struct Kept {
  size_t rule;
  std::vector<size_t> entries;
};

}  // namespace

void build_guards(const Config& config, const Snapshot* previous, Snapshot& snapshot, Report& report) {
  if (config.guards.empty()) return;
  snapshot.guards_digest = digest_of(config.guards);
  if (previous != nullptr && previous->guards != nullptr &&
      previous->guards_digest == snapshot.guards_digest) {
    snapshot.guards = previous->guards;
    return;
  }
  std::vector<guard::GuardRule> rules;
  std::vector<Kept> kept;
  for (size_t i = 0; i < config.guards.size(); ++i) {
    const GuardSettings& settings = config.guards[i];
    if (settings.patterns.empty()) continue;  // complained about already
    guard::GuardRule& rule = rules.emplace_back(settings.rule);
    kept.push_back({i, {}});
    for (const Text& pattern : settings.patterns) {
      kept.back().entries.push_back(kept.back().entries.size());
      rule.patterns.push_back(pattern.value);
    }
  }
  // A set names its first broken pattern: take that out and look for the next.
  for (size_t round = 0; round < kDiagnosticsMax && !rules.empty(); ++round) {
    auto compiled = guard::Set::compile(rules);
    if (compiled) {
      snapshot.guards = std::move(compiled.value());
      return;
    }
    const auto [rule, pattern, why] = compiled.error();
    const Text& text = config.guards[kept[rule].rule].patterns[kept[rule].entries[pattern]];
    report.error(Code::pattern, text.place, "the pattern of guard '" + rules[rule].name + "' cannot be used",
                 why);
    rules[rule].patterns.erase(rules[rule].patterns.begin() + static_cast<ptrdiff_t>(pattern));
    kept[rule].entries.erase(kept[rule].entries.begin() + static_cast<ptrdiff_t>(pattern));
    if (!rules[rule].patterns.empty()) continue;
    rules.erase(rules.begin() + static_cast<ptrdiff_t>(rule));
    kept.erase(kept.begin() + static_cast<ptrdiff_t>(rule));
  }
}

void build_masks(const Config& config, const Snapshot* previous, Snapshot& snapshot, Report& report) {
  if (config.masks.empty()) return;
  snapshot.masks_digest = digest_of(config.masks);
  if (previous != nullptr && previous->masks != nullptr && previous->masks_digest == snapshot.masks_digest) {
    snapshot.masks = previous->masks;
    return;
  }
  std::vector<mask::MaskRule> rules;
  std::vector<Kept> kept;
  for (size_t i = 0; i < config.masks.size(); ++i) {
    const MaskSettings& settings = config.masks[i];
    if (settings.fields.empty() && settings.detectors.empty()) continue;  // complained about already
    mask::MaskRule& rule = rules.emplace_back();
    rule.name = settings.name.value;
    rule.detectors = settings.detectors;
    rule.method = settings.method;
    kept.push_back({i, {}});
    for (const Text& field : settings.fields) {
      kept.back().entries.push_back(kept.back().entries.size());
      rule.fields.push_back(field.value);
    }
  }
  for (size_t round = 0; round < kDiagnosticsMax && !rules.empty(); ++round) {
    auto compiled = mask::Plan::compile(rules);
    if (compiled) {
      snapshot.masks = std::move(compiled.value());
      return;
    }
    const auto [rule, field, column, why] = compiled.error();
    const Text& text = config.masks[kept[rule].rule].fields[kept[rule].entries[field]];
    report
        .error(Code::field_path, report.source()->inside(text.place, column > 0 ? column - 1 : 0),
               "the field path of mask '" + rules[rule].name + "' cannot be used", why)
        .help = "write for example \"chunks[*].metadata.author_email\" or \"**.password\"";
    rules[rule].fields.erase(rules[rule].fields.begin() + static_cast<ptrdiff_t>(field));
    kept[rule].entries.erase(kept[rule].entries.begin() + static_cast<ptrdiff_t>(field));
    if (!rules[rule].fields.empty() || !rules[rule].detectors.empty()) continue;
    rules.erase(rules.begin() + static_cast<ptrdiff_t>(rule));
    kept.erase(kept.begin() + static_cast<ptrdiff_t>(rule));
  }
}

}  // namespace gatehouse::config
