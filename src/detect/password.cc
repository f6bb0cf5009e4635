// Credentials in URLs (RFC 3986, section 3.2.1) and header fields (RFC 9110, section 11), and shared access signatures.
#include "base/ascii.h"
#include "detect/secrets.h"

namespace gatehouse::detect {
namespace {

constexpr size_t kUserMax = 48, kPasswordMax = 256, kCredentialMin = 8, kSchemeMax = 12;
constexpr size_t kConnectMax = 128;   // of user/password before "@//"
constexpr size_t kSignatureMin = 40, kSignatureMax = 128, kWebhookMin = 16, kWebhookMax = 200;

bool ends_url(char c) { return is_space(c) || one_of(c, "\"'<>`\\"); }
bool is_credential(char c) { return is_base64url(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '='; }

/// A run of characters from `begin` on of which more than `most` are none; hold: the text ends in it.
template <typename Is>
size_t run_end(ByteView text, size_t begin, size_t most, Is&& is) {
  size_t end = begin;
  while (end < text.size() && end - begin <= most && is(text[end])) ++end;
  return end;
}

/// Whether what may be seen is "Q~" and what Entra ID puts around it.
bool is_azure(char c) { return is_word(c) || c == '~' || c == '.' || c == '-'; }

}  // namespace

/// A host that ends an authority stands behind the '@': "db.example.org:5432/", "[::1]/", "h1:27017,h2:27017"; with a sign that may
/// stand behind a URL in a text, too: "h)", "h; then".
bool host_behind(ByteView text, size_t sign, size_t end, ByteView signs_behind = {}) {
  size_t at = sign + 1;
  if (at < end && text[at] == '[') return true;
  size_t colon = end, length = 0;
  for (; at < end && !one_of(text[at], "/?#"); ++at) {
    const char c = text[at];
    if (length > 0 && signs_behind.find(c) != ByteView::npos) break;
    if (c == ',' ) colon = end;
    else if (c == ':' && colon == end) colon = at;
    else if (colon < end ? !is_digit(c) : !(is_word(c) || c == '-' || c == '.' || static_cast<uint8_t>(c) >= 0x80)) return false;
    ++length;
  }
  return length > 0 && colon != sign + 1;
}

/// The last '@' with a host behind that another sign ends. What a port and a sign stand before is no password.
size_t loose_sign(ByteView text, size_t begin, size_t end, bool page) {
  constexpr ByteView kBehindUrl = ";|&)]}!,*~$^";
  size_t at = begin, sign = 0;
  while (at < end && is_digit(text[at])) ++at;
  if (at > begin && at < end && kBehindUrl.find(text[at]) != ByteView::npos) return 0;
  for (size_t i = begin; i < end && !(page && one_of(text[i], "/?#")); ++i)
    if (text[i] == '@' && host_behind(text, i, end, kBehindUrl)) sign = i;
  return sign;
}

size_t find_url_password(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  if (at == 0 || !(is_ascii_letter(text[at - 1]) || is_digit(text[at - 1]))) return at + 1;
  const size_t user = at + 3;
  if (user < text.size() && text[user] == '[') return user;  // an IPv6 address
  size_t begin = user;
  while (begin < text.size() && begin - user <= kUserMax && !one_of(text[begin], ":/@?") && !ends_url(text[begin])) ++begin;
  if (begin >= text.size() || text[begin] != ':' || begin - user > kUserMax) return at + 1;
  ++begin;
  if (begin < sight.from) return at + 1;   // decided when it was new; what it may take of what is new has a beginning of its own
  // A password may hold '/', '@' and others unescaped. A path of a page may hold an '@', too; that of a database does not.
  const bool page = (at >= 4 && starts_at(text, at - 4, "http", true)) || (at >= 5 && starts_at(text, at - 5, "https", true));
  size_t end = begin, sign = 0;
  bool port = true, over = false;   // over: no other '@' counts
  for (; end < text.size() && end - begin <= kPasswordMax && !ends_url(text[end]); ++end) {
    const char c = text[end];
    if (port && end > begin && one_of(c, "/?#")) break;
    port = port && is_digit(c);
  }
  if (end == text.size() && sight.open) {
    sight.hold(begin);
    return at + 1;
  }
  for (size_t i = begin; i < end && !over; ++i) {
    if ((page || sign != 0) && one_of(text[i], "?#")) break;
    if (text[i] != '@' || !host_behind(text, i, end)) continue;
    sign = i;
    over = page;
  }
  if (sign == 0) sign = loose_sign(text, begin, end, page);
  if (sign <= begin || sign + 1 >= text.size() || !(is_word(text[sign + 1]) || text[sign + 1] == '[')) return at + 1;
  const ByteView value = text.substr(begin, sign - begin);
  if (is_placeholder(value) || (value[0] == '{' && value.back() == '}')) return at + 1;
  sight.add(begin, sign, Detector::password, Evidence::structure);
  return sign;
}

size_t find_authorization(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  size_t begin = at;
  if (starts_at(text, at, "authorization", true)) {  // any scheme: authorization: token …
    begin += 13;
    const size_t limit = text.size() - begin < 12 ? text.size() : begin + 12;
    bool sign = false;
    for (; begin < limit && (is_space(text[begin]) || one_of(text[begin], "\"'\\:=")); ++begin)
      sign = sign || one_of(text[begin], ":=");
    if (!sign) return at + 1;
    const size_t scheme = begin;
    while (begin < text.size() && begin - scheme < kSchemeMax && (is_ascii_letter(text[begin]) || text[begin] == '-')) ++begin;
    if (begin < text.size() && begin > scheme && text[begin] == ' ') ++begin;
    else begin = scheme;
  } else {
    begin += 7;  // "bearer "
    if (!begins_word(text, at)) return at + 1;
  }
  const size_t end = run_end(text, begin, kLongMin, is_credential);
  if (end == text.size() && sight.open && end - begin < kLongMin) {
    sight.hold(begin);
    return at + 1;
  }
  const bool is_long = end - begin >= kLongMin;   // no placeholder: those are not told by so much of a value as is there
  size_t last = end;
  if (is_long) last = goes_on(Detector::password, text, begin + kLongMin).end;
  else
    while (last > begin && (text[last - 1] == '.' || text[last - 1] == '-')) --last;
  bool digit = is_long;
  for (size_t i = begin; !digit && i < last; ++i) digit = is_digit(text[i]);
  if (last - begin < kCredentialMin || (!digit && last - begin < 20)) return at + 1;
  if (!is_long && is_placeholder(text.substr(begin, last - begin))) return at + 1;
  sight.add(begin, last, Detector::password, Evidence::near_word, sight.open && last == text.size());
  // It may have taken in what names another one. One that is named further back in a long one ends with it: to look there each time
  // would take steps squared.
  return is_long ? last - kLeftBytes : at + 1;
}

/// An HMAC-SHA-256 in base64, as queries have it.
bool is_digest(ByteView value) {
  const bool coded = value.ends_with("%3D") || value.ends_with("%3d");
  return coded || (value.ends_with("=") && value.size() == 44);
}

size_t find_sas(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  const bool first = at == 0 || is_space(text[at - 1]) || text[at - 1] == '"' || text[at - 1] == '\'';   // of a query
  if (!first && text[at - 1] != '?' && text[at - 1] != '&' && text[at - 1] != ';') return at + 1;
  const size_t begin = at + 4;
  const size_t end = run_end(text, begin, kSignatureMax, [](char c) { return is_base64url(c) || one_of(c, "%+/="); });
  if (end == text.size() && sight.open && end - begin <= kSignatureMax) sight.hold(begin);
  else if (end - begin >= kSignatureMin && end - begin <= kSignatureMax && (!first || is_digest(text.substr(begin, end - begin))))
    sight.add(begin, end, Detector::azure_key, Evidence::structure);
  return end > at ? end : at + 1;
}

/// Of links of AWS, GCP and what signs like them: hexadecimal or base64, in a query or behind what names it.
size_t find_signature(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  constexpr size_t kSize = 10, kMost = 800;   // "signature="; RSA with 4,096 bits in base64 has 684
  const auto behind = [&](ByteView word) { return at >= word.size() && starts_at(text, at - word.size(), word, true); };
  const bool amazon = behind("x-amz-"), google = behind("x-goog-"), query = behind("?") || behind("&") || behind("&amp;");
  if (!amazon && !google && !query) return at + 1;
  const Detector detector = google ? Detector::gcp_key : Detector::aws_key;
  if (!sight.wanted.has(detector)) return at + 1;
  const size_t begin = at + kSize;
  const size_t end = run_end(text, begin, kMost, [](char c) { return is_base64url(c) || one_of(c, "%+/=~"); });
  if (end == text.size() && sight.open && end - begin <= kMost) sight.hold(begin);
  else if (end - begin >= kSignatureMin - 13 && end - begin <= kMost) sight.add(begin, end, detector, Evidence::structure);
  return end > at ? end : at + 1;
}

size_t find_azure_secret(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  if (at < 3 || text[at + 1] != 'Q') return at + 1;
  const size_t begin = at - 3, first = at + 3;
  for (size_t i = begin; i < at; ++i)
    if (!is_azure(text[i]) || text[i] == '-') return at + 1;
  if (begin > 0 && is_azure(text[begin - 1]) && !escaped_at(text, begin - 1)) return at + 1;
  const size_t end = run_end(text, first, 34, is_azure);
  if (end == text.size() && sight.open) sight.hold(begin);
  else if (end - first >= 31 && end - first <= 34) sight.add(begin, end, Detector::azure_key, Evidence::structure);
  return at + 1;
}

void hold_secret(Sight& sight) {
  size_t begin = sight.text.size();
  if (sight.text.ends_with('@') || sight.text.ends_with("@/")) {   // user/password@//host
    begin = sight.text.rfind('@');
    const auto is_part = [&](char c) { return is_word(c) || one_of(c, ".%+-:=*~/"); };
    while (begin > 0 && sight.text.size() - begin < kConnectMax && is_part(sight.text[begin - 1])) --begin;
    sight.hold(begin);
    begin = sight.text.size();
  }
  while (begin > 0 && sight.text.size() - begin < 6 && is_azure(sight.text[begin - 1])) --begin;
  if (sight.text.size() - begin < 6) sight.hold(begin);  // "a~b8Q": 3 bytes before a literal
  begin = sight.text.size();
  while (begin > 0 && sight.text.size() - begin < 7 && one_of(sight.text[begin - 1], "BEGIN ")) --begin;
  if (begin == 0 || sight.text[begin - 1] != '-') return;
  for (size_t dashes = 0; begin > 0 && dashes < 5 && sight.text[begin - 1] == '-'; ++dashes) --begin;
  sight.hold(begin);  // "---- BEGI"
}

size_t find_webhook(Sight& sight, size_t at) {
  const ByteView text = sight.text;
  size_t begin = at + 16;  // "hooks.slack.com/"
  for (const ByteView kind : {"services/", "workflows/", "triggers/"})
    if (starts_at(text, begin, kind)) begin += kind.size();
  const size_t end = run_end(text, begin, kWebhookMax, [](char c) { return is_base64url(c) || c == '/'; });
  if (end == text.size() && sight.open && end - begin <= kWebhookMax) {
    sight.hold(begin);
    return at + 1;
  }
  const ByteView value = text.substr(begin, end - begin);
  bool digit = false;
  for (const char c : value) digit = digit || is_digit(c);
  if (value.size() >= kWebhookMin && digit && value.find('/') != ByteView::npos)
    sight.add(begin, end, Detector::slack_token, Evidence::structure);
  return at + 1;   // another may begin within it, and is seen however the text was cut before
}

}  // namespace gatehouse::detect
