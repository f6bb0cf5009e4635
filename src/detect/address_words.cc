#include "detect/address_words.h"

#include "base/ascii.h"
#include "detect/detect.h"

namespace gatehouse::detect {
namespace {

constexpr ByteView kVersionWords[] = {
    "version", "versions", "ver", "v", "rev", "revision", "release", "releases", "build", "builds", "firmware", "fw",
    "section", "sections", "sect", "sec", "chapter", "clause", "clauses", "appendix", "figure", "fig", "table", "oid", "identifier",
    "paragraph", "para", "patch", "subsection", "article", "annex"};
/// Between such a word and the number, or between two versions.
constexpr ByteView kFillers[] = {"is", "number", "no", "nr", "was", "of", "string", "id"};
constexpr ByteView kJoins[] = {"and", "or", "to", "through", "until"};
constexpr ByteView kUpgrades[] = {"upgrade", "upgraded", "update", "updated", "bump", "bumped", "downgraded"};
constexpr ByteView kAddressWords[] = {
    "ip", "ips", "ipv4", "ipv6", "addr", "address", "host", "hosts", "node", "server", "client", "from", "src", "dst",
    "source", "dest", "net", "inet", "tcp", "udp", "http", "https", "gateway", "router", "remote", "local", "subnet",
    "proxy", "dns", "ssh", "origin", "peer", "gw", "listen", "bind"};
constexpr ByteView kMacWords[] = {
    "mac", "macaddr", "macaddress", "ether", "ethernet", "hwaddr", "lladdr", "bssid", "hwaddress", "physical", "eui"};

/// Which lengths words of a list have, by their first letter.
struct Lengths {
  uint32_t of[26] = {};
  template <size_t N>
  explicit constexpr Lengths(const ByteView (&words)[N]) {
    for (const ByteView word : words) of[word[0] - 'a'] |= uint32_t{1} << word.size();
  }
};

template <const auto& words>
bool is_one(ByteView word) {
  static constexpr Lengths kLengths(words);
  if (word.empty() || word.size() >= 32) return false;
  const auto letter = static_cast<unsigned>(lower(word[0]) - 'a');
  if (letter >= 26 || (kLengths.of[letter] >> word.size() & 1) == 0) return false;
  for (const ByteView one : words)
    if (lower(word[0]) == one[0] && same_word(word, one)) return true;
  return false;
}

/// The last word of a name of several: "agent_version" -> "version", "agentVersion" -> "Version".
ByteView last_word(ByteView name) {
  while (!name.empty() && !is_ascii_letter(name.back())) name.remove_suffix(1);
  size_t begin = name.size();
  while (begin > 0 && is_ascii_letter(name[begin - 1])) {
    --begin;
    const bool capital = name[begin] >= 'A' && name[begin] <= 'Z';
    if (capital && begin > 0 && name[begin - 1] >= 'a' && name[begin - 1] <= 'z') break;
  }
  return name.substr(begin);
}

/// The name that ends before text[end].
ByteView name_before(ByteView text, size_t end, size_t limit) {
  size_t begin = end;
  while (begin > limit && (is_word(text[begin - 1]) || text[begin - 1] == '-' || text[begin - 1] == '.')) --begin;
  return text.substr(begin, end - begin);
}

bool is_number(ByteView name) {
  for (const char c : name)
    if (!is_digit(c) && c != '.') return false;
  return !name.empty();
}

bool is_between(char c) { return one_of(c, " \t=:\"'(#.*`|\\"); }

/// "Mozilla/5.0.0.0": a product's name stands before the slash, not a path.
bool is_product(ByteView text, size_t slash, size_t limit) {
  const ByteView name = name_before(text, slash, limit);
  if (name.empty() || is_number(name) || name.find('.') != ByteView::npos || is_one<kAddressWords>(last_word(name))) return false;
  const size_t begin = slash - name.size();
  return begin == limit || (text[begin - 1] != '/' && text[begin - 1] != ':' && text[begin - 1] != '\\' && text[begin - 1] != '@');
}

/// A sign that stands right before the number: +1 a version, -1 no version, 0 the words before tell.
int sign_tells(ByteView text, size_t begin, size_t limit) {
  const char sign = text[begin - 1];
  if (sign == '^' || sign == '~') return 1;
  if (begin - 1 == limit) return 0;
  const char before = text[begin - 2];
  if (sign == '/') return is_product(text, begin - 1, limit) ? 1 : -1;
  if (sign == '-') {  // name-1.2.3.4 is a version, srv1-10.0.0.1 is not
    const ByteView name = name_before(text, begin - 1, limit);
    return name.empty() || is_number(name) || is_one<kAddressWords>(last_word(name)) || is_digit(text[begin + 1]) ? -1 : 1;
  }
  if (sign == '=' && (before == '=' || before == '>' || before == '<' || before == '~' || before == '!')) {
    const ByteView name = name_before(text, begin - 2, limit);
    return name.empty() || is_one<kAddressWords>(last_word(name)) ? -1 : 1;
  }
  return 0;
}

}  // namespace

bool names_version(ByteView text, size_t begin) {
  const size_t limit = begin > kLeftBytes ? begin - kLeftBytes : 0;
  if (begin == limit) return false;
  if (const int tells = sign_tells(text, begin, limit); tells != 0) return tells > 0;
  bool joined = false;  // the next word to the left must be a number
  size_t end = begin;
  for (int words = 0; words < 6; ++words) {
    while (end > limit && is_between(text[end - 1])) --end;
    const ByteView name = name_before(text, end, limit);
    if (name.empty()) return false;
    end -= name.size();
    const ByteView number = lower(name[0]) == 'v' ? name.substr(1) : name;
    if (joined && is_one<kUpgrades>(name)) return true;
    if (joined != is_number(number)) return false;
    if (joined) {
      joined = false;
      if (lower(name[0]) == 'v') return true;
      continue;
    }
    if (is_one<kVersionWords>(last_word(name))) return true;
    if (is_one<kJoins>(name)) joined = true;
    else if (!is_one<kFillers>(name)) return false;
  }
  return false;
}

bool version_field(ByteView field) { return !field.empty() && is_one<kVersionWords>(last_word(field)); }
bool address_field(ByteView field) { return !field.empty() && is_one<kAddressWords>(last_word(field)); }

bool mac_named(ByteView text, size_t begin, ByteView field) {
  if (is_one<kMacWords>(last_word(field)) || field.starts_with("mac")) return true;
  const size_t limit = begin > kLeftBytes ? begin - kLeftBytes : 0;
  size_t end = begin;
  for (int words = 0; words < 3 && end > limit; ++words) {
    while (end > limit && !is_word(text[end - 1])) --end;
    const ByteView name = name_before(text, end, limit);
    if (is_one<kMacWords>(last_word(name))) return true;
    end -= name.size();
  }
  return false;
}

}  // namespace gatehouse::detect
