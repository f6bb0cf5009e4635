// Addresses, secrets and custom detectors in any text: the same values however it is cut, within bounds, and plain ones found.
#include <cstdint>

#include "detect/custom_scan.h"
#include "tests/fuzz/plant.h"
#include "tests/unit/detect/found.h"

using namespace gatehouse;

namespace {

constexpr detect::Detector kAsked[] = {detect::Detector::ipv4,      detect::Detector::ipv6,         detect::Detector::mac_address, detect::Detector::jwt,
                                     detect::Detector::aws_key,   detect::Detector::gcp_key,      detect::Detector::azure_key,   detect::Detector::github_token,
                                     detect::Detector::slack_token, detect::Detector::stripe_key, detect::Detector::private_key, detect::Detector::password,
                                     detect::Detector::custom};
constexpr ByteView kFields[] = {"", "password", "version", "ip", "mac", "api_key"};

struct World {
  std::shared_ptr<const detect::CustomSet> set;
  detect::CustomScan scan;
  World() {
    detect::CustomDetector pattern, words, strict;
    pattern.name = "pattern";
    pattern.pattern = "\\bEMP-\\d+\\b|(?<=id )\\w+(?=;)";
    words.name = "words";
    words.words = {"Falcon", "red fox", "red", "gr\xc3\xb6\xc3\x9f" "e"};
    strict.name = "strict";
    strict.pattern = "\\b\\d{6}\\b";
    strict.nearby = {"badge"};
    strict.checksum = detect::Checksum::luhn;
    set = *detect::CustomSet::compile({pattern, words, strict});
    GH_ASSERT(scan.prepare(*set));
    scan.ask(*set, ~uint64_t{0});
  }
};

bool is_text(ByteView text) {
  for (const char c : text)
    if (static_cast<uint8_t>(c) >= 0x80) return false;
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size < 4 || size > 4096) return 0;
  const detect::Detector asked = kAsked[data[0] % std::size(kAsked)];
  const ByteView field = kFields[data[1] % std::size(kFields)];
  const size_t step = 1 + data[2], first = data[3];
  const ByteView text(reinterpret_cast<const char*>(data) + 4, size - 4);
  if (asked == detect::Detector::custom && !is_text(text)) return 0;  // what is no UTF-8 is hidden from where a piece begins
  detect::Pieces pieces({detect::set_of(asked), &world.scan}, field);
  const std::string whole = pieces.cut(text, {});
  std::vector<size_t> cuts;
  for (size_t at = first; at < text.size(); at += step) cuts.push_back(at);
  std::string cut = pieces.cut(text, cuts);
  PLANT(if (text.find("AKIA") != ByteView::npos && cut.find('x') != std::string::npos) cut[0] = '?');
  GH_ASSERT(cut == whole);
  GH_ASSERT(!pieces.held_too_much);
  return 0;
}
