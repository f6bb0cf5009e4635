// Whatever address a reader finds in a field of an answer's head, and that leads to a host that is not listed, is found, however it
// is written; and what is looked at of a field is never more than its bytes.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/assert.h"
#include "guard/fields.h"
#include "guard/guard.h"
#include "tests/fuzz/plant.h"

using namespace gatehouse;

namespace {

constexpr ByteView kNames[] = {"Location", "Link", "Refresh", "content-location", "OPERATION-LOCATION", "SourceMap", "link", "refresh"};

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), small);
  return text;
}

bool is_one_of(char c, ByteView set) { return set.find(c) != ByteView::npos; }

void skip(ByteView* text, ByteView set) {
  while (!text->empty() && is_one_of(text->front(), set)) text->remove_prefix(1);
}

/// Refresh, step by step as the HTML standard has it (4.2.5.3); blanks are those that a head may hold.
ByteView refreshed(ByteView text) {
  skip(&text, " \t");
  const bool digits = !text.empty() && text[0] >= '0' && text[0] <= '9';
  skip(&text, "0123456789");
  if (!digits && (text.empty() || text[0] != '.')) return {};
  skip(&text, "0123456789.");
  if (text.empty() || !is_one_of(text[0], " \t;,")) return {};
  skip(&text, " \t");
  if (!text.empty() && is_one_of(text[0], ";,")) text.remove_prefix(1);
  skip(&text, " \t");
  ByteView rest = text;
  const bool named = rest.size() >= 3 && lower(std::string(rest.substr(0, 3))) == "url";
  if (named) {
    rest.remove_prefix(3);
    skip(&rest, " \t");
    if (rest.empty() || rest[0] != '=') return text;
    rest.remove_prefix(1);
    skip(&rest, " \t");
  }
  if (rest.empty() || !is_one_of(rest[0], "'\"")) return rest;
  return rest.substr(1, std::min(rest.find(rest[0], 1), rest.size()) - 1);
}

ByteView stripped(ByteView text, ByteView set) {
  skip(&text, set);
  while (!text.empty() && is_one_of(text.back(), set)) text.remove_suffix(1);
  return text;
}

/// Link as RFC 8288 has it, and as requests of Python reads it: pieces between ", *<", up to ';', without signs around.
std::vector<ByteView> linked(ByteView text) {
  std::vector<ByteView> out;
  for (size_t at = text.find('<'); at != ByteView::npos; at = text.find('<', at + 1)) {
    const size_t end = text.find_first_of("<>", at + 1);
    if (end != ByteView::npos && text[end] == '>') out.push_back(text.substr(at + 1, end - at - 1));
  }
  ByteView rest = stripped(text, " '\"");
  while (!rest.empty()) {
    size_t end = rest.size(), next = rest.size();
    for (size_t comma = rest.find(','); comma != ByteView::npos; comma = rest.find(',', comma + 1)) {
      const size_t behind = rest.find_first_not_of(' ', comma + 1);
      if (behind == ByteView::npos || rest[behind] != '<') continue;
      end = comma, next = behind + 1;
      break;
    }
    const ByteView piece = rest.substr(0, end);
    out.push_back(stripped(piece.substr(0, piece.find(';')), "<> '\""));
    rest.remove_prefix(next);
  }
  return out;
}

/// A browser, which resolves the address against https://service.test/: does it surely go to a host that is not a.test?
bool leads_outside(ByteView address) {
  std::string text;
  for (const char c : stripped(address, " \t"))
    if (c != '\t') text += c == '\\' ? '/' : c;
  const size_t colon = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  const std::string scheme = colon != std::string::npos && text[colon] == ':' ? lower(text.substr(0, colon)) : "";
  if (!scheme.empty() && scheme != "http" && scheme != "https" && scheme != "ftp") return false;
  if (!scheme.empty()) text.erase(0, colon + 1);
  if (!text.starts_with("//")) return false;
  text.erase(0, text.find_first_not_of('/'));
  std::string authority = text.substr(0, text.find_first_of("/?#"));
  authority.erase(0, authority.rfind('@') + 1);   // npos + 1 = 0
  const std::string host = lower(authority.substr(0, authority.find(':')));
  const bool name = !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  return name && host != "a.test" && host != "a.test.";
}

struct World {
  std::shared_ptr<const guard::Set> set;
  guard::Inspector inspector;
  std::vector<ByteView> addresses;

  World() {
    guard::GuardRule rule{.name = "links"};
    rule.answers = true;
    rule.addresses.emplace();
    rule.addresses->rules.hosts = {"a.test"};
    set = *guard::Set::compile({rule});
    GH_ASSERT(inspector.prepare(*set));
  }

  bool refuses(const http::Field& field) {
    const guard::Verdict verdict = inspector.inspect(*set, 1, {.fields = {&field, 1}, .answer = true}, guard::Patience::all);
    return verdict.reason != Reason::none;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  if (size < 2) return 0;
  const ByteView name = kNames[data[0] % std::size(kNames)];
  const ByteView value = stripped({reinterpret_cast<const char*>(data) + 1, size - 1}, " \t");   // as the parser gives it
  for (const char c : value)
    if ((static_cast<uint8_t>(c) < 0x20 && c != '\t') || c == 0x7f) return 0;   // no field holds these
  const http::Field field{name, value, http::FieldId::other};
  bool refused = world.refuses(field);
  PLANT(if (lower(std::string(name)) == "refresh" && value.find('\'') != ByteView::npos) refused = false);

  guard::addresses_in(name, value, &world.addresses);
  const char* before = value.data();
  for (const ByteView address : world.addresses) {
    GH_ASSERT(!address.empty() && address.data() >= before && address.data() + address.size() <= value.data() + value.size());
    before = address.data() + address.size();
  }
  std::vector<ByteView> read{value};
  if (lower(std::string(name)) == "refresh") read = {refreshed(value)};
  if (lower(std::string(name)) == "link") read = linked(value);
  for (const ByteView address : read) GH_ASSERT(refused || !leads_outside(address));
  return 0;
}
