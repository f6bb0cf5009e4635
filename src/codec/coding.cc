#include "codec/coding.h"

#include <algorithm>

namespace gatehouse::codec {
namespace {

constexpr std::array<ByteView, kCodings> kNames = {"identity", "gzip", "deflate", "br", "zstd"};
constexpr int kUnnamed = -1;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same(ByteView text, ByteView name) {
  return std::equal(text.begin(), text.end(), name.begin(), name.end(), [](char a, char b) { return lower(a) == b; });
}

ByteView trimmed(ByteView text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == ByteView::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<Coding> coding_of(ByteView name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (same(name, kNames[i])) return static_cast<Coding>(i);
  if (same(name, "x-gzip")) return Coding::gzip;
  return std::nullopt;
}

bool is_token(ByteView text) {   // RFC 9110 section 5.6.2
  constexpr ByteView kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || kOthers.find(c) != ByteView::npos;
  });
}

/// Member is one of a comma-separated list; `rest` loses it and its comma.
ByteView take_member(ByteView& rest, bool& last) {
  const size_t comma = rest.find(',');
  const ByteView member = trimmed(rest.substr(0, comma));
  last = comma == ByteView::npos;
  rest = last ? ByteView{} : rest.substr(comma + 1);
  return member;
}

/// weight_of reads ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] ) in thousandths, RFC 9110 section 12.4.2.
std::optional<int> weight_of(ByteView text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * 1000;
  int place = 100;
  for (size_t i = 2; i < text.size(); ++i, place /= 10) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    weight += (text[i] - '0') * place;
  }
  if (weight > 1000) return std::nullopt;
  return weight;
}

/// Weights in thousandths, kUnnamed where the client said nothing.
struct Weights {
  std::array<int, kCodings> of = {kUnnamed, kUnnamed, kUnnamed, kUnnamed, kUnnamed};
  int others = kUnnamed;   // "*"
};

bool add(Weights& weights, ByteView member) {
  const size_t semicolon = member.find(';');
  const ByteView name = trimmed(member.substr(0, semicolon));
  if (!is_token(name)) return false;
  int weight = 1000;
  if (semicolon != ByteView::npos) {
    const ByteView parameter = trimmed(member.substr(semicolon + 1));
    if (parameter.size() < 2 || lower(parameter[0]) != 'q' || parameter[1] != '=') return false;
    const auto said = weight_of(parameter.substr(2));
    if (!said) return false;
    weight = *said;
  }
  const auto coding = coding_of(name);
  if (!coding && name != "*") return true;
  int& known = coding ? weights.of[static_cast<size_t>(*coding)] : weights.others;
  known = known == kUnnamed ? weight : std::min(known, weight);
  return true;
}

}  // namespace

ByteView coding_name(Coding coding) { return kNames[static_cast<size_t>(coding)]; }

std::optional<Codings> parse_content_encoding(ByteView value) {
  Codings codings;
  bool last = false;
  for (int members = 1; !last; ++members) {
    const auto coding = coding_of(take_member(value, last));
    if (!coding || members > 2) return std::nullopt;
    if (*coding != Coding::identity) codings.applied[codings.count++] = *coding;
  }
  return codings;
}

Coding choose_coding(ByteView accept_encoding, Coding liked) {
  Weights weights;
  for (bool last = false; !last;) {
    const ByteView member = take_member(accept_encoding, last);
    if (!member.empty() && !add(weights, member)) return Coding::identity;   // empty members say nothing, section 5.6.1.2
  }
  int& plain = weights.of[0];
  if (plain == kUnnamed && weights.others == 0) plain = 0;
  Coding best = Coding::identity;
  int highest = plain == kUnnamed ? 0 : plain;
  for (const Coding coding : {liked, Coding::gzip, Coding::zstd, Coding::br, Coding::deflate}) {
    int weight = weights.of[static_cast<size_t>(coding)];
    if (weight == kUnnamed && plain == 0) weight = weights.others;   // identity is excluded: what "*" allows will do
    if (weight > highest) {
      best = coding;
      highest = weight;
    } else if (weight == highest && weight > 0 && best == Coding::identity) {
      best = coding;   // named as gladly as identity: asked for
    }
  }
  return best;
}

Looks looks_coded(ByteView body) {
  const auto at = [&](size_t i) { return i < body.size() ? static_cast<uint8_t>(body[i]) : 0U; };
  if (at(0) == 0x1f && at(1) == 0x8b) return {Coding::gzip, true};
  if (at(0) == 0x28 && at(1) == 0xb5 && at(2) == 0x2f && at(3) == 0xfd) return {Coding::zstd, true};
  if ((at(0) & 0xf0) == 0x50 && at(1) == 0x2a && at(2) == 0x4d && at(3) == 0x18) return {Coding::zstd, false};
  const bool zlib = body.size() >= 2 && (at(0) & 0x0f) == 8 && at(0) <= 0x78 && (at(0) << 8 | at(1)) % 31 == 0;
  if (!zlib) return {};
  if (at(1) < 0x80) return {Coding::deflate, false};
  const bool leads = at(1) >= 0xc2 && at(1) <= 0xf4 && (body.size() < 3 || (at(2) & 0xc0) == 0x80);
  return {Coding::deflate, !leads};
}

}  // namespace gatehouse::codec
