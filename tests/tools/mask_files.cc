// Masks bodies from stdin with every default detector, for bench/masking: the library alone, without sockets and files.
//
//   mask_files whole ROUNDS    JSON documents at once, as the proxy does with small answers
//   mask_files detect ROUNDS   each body is one text for the detectors
//
// In: "TYPE\tLENGTH\n" and the body, any number of times. Out for each: "LENGTH REASON NANOSECONDS CHANGES UNDONE\n" and the masked
// body. Of ROUNDS the fastest counts; UNDONE is 1 when the map gave the body back.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <string>

#include "base/limits.h"
#include "mask/detect.h"
#include "mask/map.h"
#include "mask/mask.h"

namespace gatehouse {
namespace {

struct Result {
  std::string masked;
  Reason reason = Reason::none;
  uint64_t changes = 0;
  bool undone = true;
};

mask::DetectorSet default_set() {
  mask::DetectorSet set = 0;
  return mask::detectors_from_name("default", &set) ? set : 0;
}

std::shared_ptr<const mask::Plan> plan() {
  const mask::DetectorSet wanted = default_set();
  mask::MaskRule rule;
  rule.name = "p";
  for (size_t code = 0; code < mask::kDetectors; ++code)
    if (wanted >> code & 1) rule.detectors.push_back(static_cast<mask::Detector>(code));
  auto compiled = mask::Plan::compile({rule});
  return compiled.ok() ? *compiled : nullptr;
}

/// whole masks a JSON document; `body` has kSimdPadding bytes behind it.
Result whole(const mask::Plan& plan, mask::Masker& masker, ByteView body) {
  const mask::Masker::Outcome outcome = masker.apply(plan, 1, body, {.lone_surrogates = true});
  Result result{std::string(outcome.body), outcome.reason, outcome.changes, true};
  if (std::string original; outcome.changes != 0) result.undone = mask::undo(outcome.body, outcome.map, &original) && original == body;
  return result;
}

/// detected replaces what the detectors find in a text, by themselves.
Result detected(ByteView text) {
  Room<mask::Found> found;
  mask::Text asked{};
  asked.bytes = text;
  mask::Wanted wanted;
  wanted.set = default_set();
  mask::detect(asked, wanted, &found);
  Result result;
  result.changes = found.size();
  size_t at = 0;
  for (const mask::Found& value : found) {
    result.masked.append(text.substr(at, value.begin - at)).append("[redacted:p]");
    at = value.end;
  }
  result.masked.append(text.substr(at));
  return result;
}

int run(bool whole_documents, int rounds) {
  const auto compiled = plan();
  mask::Masker masker;
  if (!compiled || !masker.prepare(*compiled)) return 1;
  std::string type, length, body;
  while (std::getline(std::cin, type, '\t') && std::getline(std::cin, length)) {
    const size_t size = std::strtoull(length.c_str(), nullptr, 10);
    body.assign(size + kSimdPadding, '\0');
    if (!std::cin.read(body.data(), static_cast<std::streamsize>(size))) return 1;
    Result result;
    long long fastest = -1;
    for (int round = 0; round < rounds; ++round) {
      const auto begin = std::chrono::steady_clock::now();
      const ByteView view{body.data(), size};
      result = whole_documents ? whole(*compiled, masker, view) : detected(view);
      const long long took = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - begin).count();
      if (fastest < 0 || took < fastest) fastest = took;
    }
    if (result.reason != Reason::none) result.masked.clear();
    std::cout << result.masked.size() << ' ' << static_cast<unsigned>(result.reason) << ' ' << fastest << ' ' << result.changes << ' '
              << result.undone << '\n' << result.masked;
  }
  return std::cout.flush() ? 0 : 1;
}

}  // namespace
}  // namespace gatehouse

int main(int count, char** arguments) {
  std::ios::sync_with_stdio(false);
  const bool whole = count == 3 && std::strcmp(arguments[1], "whole") == 0;
  if (!whole && (count != 3 || std::strcmp(arguments[1], "detect") != 0)) {
    std::fputs("usage: mask_files whole|detect ROUNDS\n", stderr);
    return 64;
  }
  return gatehouse::run(whole, std::atoi(arguments[2]));
}
