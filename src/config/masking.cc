#include <algorithm>

#include "config/files.h"
#include "config/fingerprint.h"
#include "config/inspection.h"
#include "detect/custom_set.h"

namespace gatehouse::config {
namespace {

constexpr size_t kHashKeyBytesMax = 4096;

using Keys = std::vector<std::shared_ptr<const crypto::Secret>>;   // by mask; null where none is used

Snapshot::Digest digest_of(const Config& config, const Keys& keys) {
  Fingerprint fingerprint;
  for (const DetectorSettings& settings : config.detectors) {
    const detect::CustomDetector& detector = settings.detector;
    fingerprint.text(detector.name);
    fingerprint.text(detector.pattern);
    fingerprint.texts(detector.words);
    fingerprint.texts(detector.nearby);
    for (const uint64_t number : {uint64_t{detector.caseless}, uint64_t{detector.whole_words},
                                  static_cast<uint64_t>(detector.checksum), uint64_t{detector.distance}})
      fingerprint.number(number);
  }
  for (size_t i = 0; i < config.masks.size(); ++i) {
    const MaskSettings& mask = config.masks[i];
    fingerprint.text(mask.name.value);
    fingerprint.texts(mask.fields);
    fingerprint.texts(mask.joined);
    fingerprint.number(mask.rule.detectors.size());
    for (const detect::Detector detector : mask.rule.detectors) fingerprint.number(static_cast<uint64_t>(detector));
    fingerprint.number(mask.rule.custom.size());
    for (const uint32_t custom : mask.rule.custom) fingerprint.number(custom);
    fingerprint.number(static_cast<uint64_t>(mask.rule.method));
    for (const std::string* text : {&mask.rule.text, &mask.rule.tenant, &mask.rule.purpose}) fingerprint.text(*text);
    fingerprint.number(keys[i] != nullptr);
    if (keys[i] != nullptr) fingerprint.text(view_of(std::span<const uint8_t>(crypto::sha256(keys[i]->reveal()))));
  }
  return fingerprint.finish();
}

}  // namespace

std::shared_ptr<const crypto::Secret> read_hash_key(const Text& file, Report& report) {
  auto content = read_file(file.value, {kHashKeyBytesMax, Access::owner_only});
  if (!content) {
    const bool open = content.error().code == Code::secret_mode;
    report.error(content.error().code, file.place,
                 (open ? "the secret file '" : "cannot read '") + file.value + "'" + (open ? " is not secret" : ""),
                 content.error().text).help = content.error().help;
    return nullptr;
  }
  std::shared_ptr<const crypto::Secret> key;
  if (content->size() >= mask::kHashKeyMin) key = std::make_shared<const crypto::Secret>(ByteView{*content});
  else
    report.error(Code::credential, file.place, "the key in '" + file.value + "' is too short",
                 "at least " + std::to_string(mask::kHashKeyMin) + " bytes are needed").help =
        "head -c 32 /dev/urandom > FILE, with umask 077";
  wipe(*content);
  return key;
}

namespace {

/// One mask that is compiled, without its broken paths.
struct Part {
  mask::MaskRule rule;
  std::vector<Text> fields, joined;   // what its paths are in the text
};

/// parts_of leaves out what was complained about already; `customs`: the custom detectors can be used.
std::vector<Part> parts_of(const Config& config, const Keys& keys, bool customs) {
  std::vector<Part> parts;
  for (size_t i = 0; i < config.masks.size(); ++i) {
    const MaskSettings& settings = config.masks[i];
    Part part{settings.rule, settings.fields, settings.joined};
    part.rule.hash_key = keys[i];
    if (!customs) part.rule.custom.clear();
    const bool empty = part.fields.empty() && part.rule.detectors.empty() && part.rule.custom.empty();
    if (empty || (part.rule.method == mask::Method::hash && keys[i] == nullptr)) continue;
    for (const Text& field : part.fields) part.rule.fields.push_back(field.value);
    for (const Text& path : part.joined) part.rule.joined.push_back(path.value);
    parts.push_back(std::move(part));
  }
  return parts;
}

/// drop_path complains about a path that cannot be used and takes it out; false when the mask goes with it.
bool drop_path(Part& part, const mask::Plan::CompileError& error, Report& report) {
  const bool joined = error.field >= part.fields.size();
  std::vector<Text>& texts = joined ? part.joined : part.fields;
  std::vector<std::string>& values = joined ? part.rule.joined : part.rule.fields;
  const size_t at = joined ? error.field - part.fields.size() : error.field;
  if (at >= texts.size()) {
    report.error(Code::form, {}, "mask '" + part.rule.name + "' cannot be used", error.text);
    return false;
  }
  report
      .error(Code::field_path, report.source()->inside(texts[at].place, error.column > 0 ? error.column - 1 : 0),
             "the field path of mask '" + part.rule.name + "' cannot be used", error.text)
      .help = "write for example \"chunks[*].metadata.author_email\" or \"**.password\"";
  texts.erase(texts.begin() + static_cast<ptrdiff_t>(at));
  values.erase(values.begin() + static_cast<ptrdiff_t>(at));
  return !part.fields.empty() || !part.rule.detectors.empty() || !part.rule.custom.empty();
}

/// check_detectors complains about the first detector that cannot be compiled, where it stands; false: there is one.
bool check_detectors(const Config& config, const std::vector<detect::CustomDetector>& detectors, Report& report) {
  for (const detect::CustomDetector& each : detectors)
    if (each.pattern.empty() == each.words.empty()) return false;   // complained about already
  if (detectors.empty()) return true;
  const auto compiled = detect::CustomSet::compile(detectors);
  if (compiled) return true;
  const detect::CustomSet::CompileError& error = compiled.error();
  const DetectorSettings& settings = config.detectors[error.detector];
  const std::vector<Text>& words = settings.words.empty() ? settings.nearby : settings.words;
  const bool pattern = !settings.pattern.value.empty();
  const Place place = pattern ? settings.pattern.place : error.word < words.size() ? words[error.word].place : settings.name.place;
  report.error(Code::pattern, place, "detector '" + settings.name.value + "' cannot be used", error.text);
  return false;
}

}  // namespace

void build_masks(const Config& config, const Snapshot* previous, Snapshot& snapshot, Report& report) {
  if (config.masks.empty()) return;
  Keys keys(config.masks.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    const MaskSettings& settings = config.masks[i];
    if (settings.hash_key_file.value.empty()) continue;
    keys[i] = read_hash_key(settings.hash_key_file, report);
    if (keys[i] == nullptr) continue;
    snapshot.hash_key_versions.emplace_back(settings.name.value,
                                            crypto::hex(crypto::sha256(keys[i]->reveal())).substr(0, 16));
  }
  snapshot.masks_digest = digest_of(config, keys);
  if (previous != nullptr && previous->masks != nullptr && previous->masks_digest == snapshot.masks_digest) {
    snapshot.masks = previous->masks;
    return;
  }
  std::vector<detect::CustomDetector> detectors;
  for (const DetectorSettings& settings : config.detectors) detectors.push_back(settings.detector);
  const bool customs = check_detectors(config, detectors, report);
  if (!customs) detectors.clear();
  std::vector<Part> parts = parts_of(config, keys, customs);
  for (size_t round = 0; round < kDiagnosticsMax && !parts.empty(); ++round) {
    std::vector<mask::MaskRule> rules;
    for (const Part& part : parts) rules.push_back(part.rule);
    auto compiled = mask::Plan::compile(rules, detectors);
    if (compiled) {
      snapshot.masks = std::move(compiled.value());
      return;
    }
    const mask::Plan::CompileError& error = compiled.error();
    if (!drop_path(parts[error.rule], error, report)) parts.erase(parts.begin() + static_cast<ptrdiff_t>(error.rule));
  }
}

}  // namespace gatehouse::config
