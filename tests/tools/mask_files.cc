// Masks bodies from stdin with every default detector, for bench/masking: the library alone, without sockets and files.
//
//   mask_files whole ROUNDS    JSON documents at once, as the proxy does with small answers
//   mask_files detect ROUNDS   each body is one text for the detectors
//   mask_files stream ROUNDS PIECE   any form, in pieces of PIECE bytes
//
// In: "TYPE\tLENGTH\n" and the body, any number of times. Out for each: "LENGTH REASON NANOSECONDS CHANGES UNDONE\n" and the masked
// body. Of ROUNDS the fastest counts; UNDONE is 1 when the map gave the body back.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "detect/detect.h"
#include "mask/map.h"
#include "mask/mask.h"
#include "mask/stream.h"

namespace gatehouse {
namespace {

struct Result {
  std::string masked;
  Reason reason = Reason::none;
  uint64_t changes = 0;
  bool undone = true;
};

detect::DetectorSet default_set() {
  detect::DetectorSet set = 0;
  return detect::detectors_from_name("default", &set) ? set : 0;
}

std::shared_ptr<const mask::Plan> plan() {
  const detect::DetectorSet wanted = default_set();
  mask::MaskRule rule;
  rule.name = "p";
  for (size_t code = 0; code < detect::kDetectors; ++code)
    if (wanted >> code & 1) rule.detectors.push_back(static_cast<detect::Detector>(code));
  auto compiled = mask::Plan::compile({rule});
  return compiled.ok() ? *compiled : nullptr;
}

/// whole masks a JSON document; `body` has kSimdPadding bytes behind it.
Result whole(const mask::Plan& plan, mask::Masker& masker, ByteView body, bool prove) {
  const mask::Masker::Outcome outcome = masker.apply(plan, 1, body, {.lone_surrogates = true});
  Result result{std::string(outcome.body), outcome.reason, outcome.changes, true};
  if (std::string original; prove && outcome.changes != 0)
    result.undone = mask::undo(outcome.body, outcome.map, &original) && original == body;
  return result;
}

/// detected replaces what the detectors find in a text, by themselves.
Result detected(ByteView text) {
  Room<detect::Found> found;
  detect::Text asked{};
  asked.bytes = text;
  detect::Wanted wanted;
  wanted.set = default_set();
  detect::detect(asked, wanted, &found);
  Result result;
  result.changes = found.size();
  size_t at = 0;
  for (const detect::Found& value : found) {
    result.masked.append(text.substr(at, value.begin - at)).append("[redacted:p]");
    at = value.end;
  }
  result.masked.append(text.substr(at));
  return result;
}

/// take appends the slices that wait.
bool take(mask::Stream& stream, Result* result, std::string* original) {
  for (; const mask::Stream::Slice* slice = stream.slice(); stream.pop()) {
    result->masked.append(slice->masked);
    result->changes += slice->changes;
    if (original == nullptr) continue;
    std::string undone(slice->masked);
    if (slice->changes != 0 && !mask::undo(slice->masked, slice->map, &undone)) return false;
    original->append(undone);
  }
  return true;
}

/// streamed masks a body of any form; with `prove` it takes the changes back as well.
Result streamed(const mask::Plan& plan, mask::Stream& stream, ByteView type, ByteView body, size_t piece, bool prove) {
  Result result;
  std::string original;
  mask::Answer answer{};
  answer.content_type = type;
  answer.leniency.lone_surrogates = true;
  result.reason = stream.start(plan, 1, answer);
  for (size_t at = 0; at < body.size() && result.reason == Reason::none;) {
    size_t consumed = 0;
    result.reason = stream.feed(body.substr(at, piece), &consumed);
    at += consumed;
    if (!take(stream, &result, prove ? &original : nullptr)) result.undone = false;
  }
  while (result.reason == Reason::none && !stream.ended()) {
    result.reason = stream.finish();
    if (!take(stream, &result, prove ? &original : nullptr)) result.undone = false;
  }
  if (prove && result.reason == Reason::none && original != body) result.undone = false;
  return result;
}

/// Work is what to do with each body.
struct Work {
  enum class Path { whole, detect, stream } path;
  int rounds = 1;
  size_t piece = 0;
};

Result masked(const Work& work, const mask::Plan& plan, mask::Masker& masker, mask::Stream& stream, ByteView type, ByteView body,
              bool prove) {
  switch (work.path) {
    case Work::Path::whole: return whole(plan, masker, body, prove);
    case Work::Path::detect: return detected(body);
    case Work::Path::stream: break;
  }
  return streamed(plan, stream, type, body, work.piece, prove);
}

int run(const Work& work) {
  const auto compiled = plan();
  mask::Masker masker;
  mask::Stream stream;
  if (!compiled || !masker.prepare(*compiled) || !stream.prepare(*compiled)) return 1;
  std::string type, length, body;
  while (std::getline(std::cin, type, '\t') && std::getline(std::cin, length)) {
    const size_t size = std::strtoull(length.c_str(), nullptr, 10);
    body.assign(size + kSimdPadding, '\0');
    if (!std::cin.read(body.data(), static_cast<std::streamsize>(size))) return 1;
    const ByteView view{body.data(), size};
    Result result = masked(work, *compiled, masker, stream, type, view, true);
    auto fastest = std::chrono::nanoseconds::max();
    for (int round = 0; round < work.rounds; ++round) {
      const auto begin = std::chrono::steady_clock::now();
      masked(work, *compiled, masker, stream, type, view, false);
      fastest = std::min<std::chrono::nanoseconds>(fastest, std::chrono::steady_clock::now() - begin);
    }
    if (result.reason != Reason::none) result.masked.clear();
    std::cout << result.masked.size() << ' ' << static_cast<unsigned>(result.reason) << ' ' << fastest.count() << ' ' << result.changes << ' '
              << result.undone << '\n' << result.masked;
  }
  return std::cout.flush() ? 0 : 1;
}

}  // namespace
}  // namespace gatehouse

int main(int count, char** arguments) {
  std::ios::sync_with_stdio(false);
  using Path = gatehouse::Work::Path;
  const std::string_view path = count > 1 ? arguments[1] : "";
  gatehouse::Work work{path == "whole" ? Path::whole : path == "detect" ? Path::detect : Path::stream};
  if (count != (work.path == Path::stream ? 4 : 3) || (work.path == Path::stream && path != "stream")) {
    std::fputs("usage: mask_files whole|detect ROUNDS, mask_files stream ROUNDS PIECE\n", stderr);
    return 64;
  }
  work.rounds = std::atoi(arguments[2]);
  if (count == 4) work.piece = std::strtoull(arguments[3], nullptr, 10);
  return work.rounds > 0 && (work.path != Path::stream || work.piece > 0) ? gatehouse::run(work) : 64;
}
