#include "control/discovery.h"

#include <algorithm>

#include "base/limits.h"
#include "control/asker.h"
#include "control/lookup.h"
#include "http/byte_class.h"
#include "identity/strict_json.h"
#include "tls/settings.h"

namespace gatehouse::control {

namespace {

using Kind = DiscoveryFailure::Kind;
using Failed = Failure<DiscoveryFailure>;
using Refused = Failure<std::string>;

constexpr MonotonicNs kPatience = 20 * kNsPerSecond;       // everything together
constexpr MonotonicNs kLookUpPatience = 5 * kNsPerSecond;
constexpr size_t kAddressesMax = 4;
constexpr ByteView kAlgorithms[] = {"RS256", "ES256", "EdDSA"};

/// fetch tries the addresses of a URL until one answers anything.
Result<KeyFetch, DiscoveryFailure> fetch(Asker& asker, const FetchUrl& url, const tls::ClientSettings* settings,
                                         MonotonicNs until) {
  std::vector<Address> addresses;
  if (url.address) {
    addresses.push_back(*url.address);
  } else {
    auto found = look_up_within(url.host, url.port, kLookUpPatience);
    if (!found) return Failed{{Kind::unavailable, "the issuer's name is not found: " + found.error()}};
    addresses = std::move(*found);
  }
  KeyFetch last(url);
  for (size_t i = 0; i < std::min(addresses.size(), kAddressesMax) && asker.now() < until; ++i) {
    last = asker.ask(url, addresses[i], settings);
    if (!last.abandoned()) break;
  }
  if (last.state() == KeyFetch::State::reading) last.abandon("the issuer took too long");
  return last;
}

std::string shortened(ByteView text) {
  constexpr size_t kShown = 200;
  return std::string(text.substr(0, kShown)) + (text.size() > kShown ? "..." : "");
}

bool same_host(const FetchUrl& one, const FetchUrl& other) {
  return http::equals_ignore_case(one.host, other.host);
}

/// algorithms_of reads a list; false when it is there with another form.
bool algorithms_of(const identity::Fields& fields, ByteView name, std::vector<std::string>* out, bool* named) {
  const auto value = fields.find(name);
  if (!value) return true;
  simdjson::dom::array list;
  if (value->get(list) != simdjson::SUCCESS) return false;
  *named = true;
  for (const auto item : list) {
    ByteView word;
    if (item.get(word) != simdjson::SUCCESS) return false;
    const bool ours = std::find(std::begin(kAlgorithms), std::end(kAlgorithms), word) != std::end(kAlgorithms);
    if (ours && std::find(out->begin(), out->end(), word) == out->end()) out->emplace_back(word);
  }
  return true;
}

}  // namespace

Result<std::vector<std::string>, std::string> discovery_urls(ByteView issuer) {
  const auto parsed = parse_fetch_url(issuer);
  if (!parsed) return Refused{parsed.error()};
  // OpenID Connect Core 1.0 section 2: no query. A quote or the like is no part of a URL (RFC 3986 section 2).
  if (issuer.find_first_of("?\"\\<>^`{|}") != ByteView::npos) return Refused{"an issuer has no query and no odd bytes"};
  const std::string base = (parsed->tls ? "https://" : "http://") + parsed->host_field;
  std::string path = parsed->target;
  if (path.ends_with('/')) path.pop_back();
  return std::vector<std::string>{base + path + "/.well-known/openid-configuration",
                                  base + "/.well-known/oauth-authorization-server" + path};
}

Result<Discovered, std::string> read_discovery(ByteView document, ByteView issuer, ByteView keys_host) {
  std::string padded(document);
  padded.resize(document.size() + kSimdPadding);
  const auto json = identity::StrictJson::parse(ByteView(padded).substr(0, document.size()));
  if (!json) return Refused{"the issuer's answer is not one JSON object with each name once"};
  const identity::Fields& fields = json->root();
  std::optional<ByteView> named, keys;
  if (!fields.text("issuer", &named) || !named) return Refused{"the issuer's document has no issuer"};
  if (*named != issuer)
    return Refused{"the document is that of another issuer, " + shortened(*named) +
                   "; when that is the one, name it exactly so"};
  if (!fields.text("jwks_uri", &keys) || !keys) return Refused{"the issuer's document has no jwks_uri"};
  const auto url = parse_fetch_url(*keys);
  if (!url || keys->find_first_of("\"\\<>^`{|}") != ByteView::npos)
    return Refused{"the issuer's jwks_uri cannot be used (" + (url ? "odd bytes" : url.error()) + "): " + shortened(*keys)};
  const auto asked = parse_fetch_url(issuer);
  if (!asked) return Refused{asked.error()};
  if (asked->tls && !url->tls) return Refused{"the issuer's jwks_uri is not https, though the issuer is: " + shortened(*keys)};
  if (!same_host(*url, *asked) && !http::equals_ignore_case(url->host, keys_host))
    return Refused{"the issuer's keys are on another host, " + url->host +
                   "; when that is right, allow it: --keys-host " + url->host + ", or keys_host in the [[issuer]]"};
  Discovered found{std::string(*keys), {}};
  bool any = false;
  if (!algorithms_of(fields, "id_token_signing_alg_values_supported", &found.algorithms, &any))
    return Refused{"the issuer's list of signature algorithms is malformed"};
  if (any && found.algorithms.empty()) return Refused{"the issuer signs with none of RS256, ES256 and EdDSA"};
  return found;
}

Result<Discovered, DiscoveryFailure> discover(const std::string& issuer, const std::string& keys_host) {
  const auto urls = discovery_urls(issuer);
  if (!urls) return Failed{{Kind::usage, urls.error()}};
  std::unique_ptr<tls::ClientSettings> settings;
  if (issuer.starts_with("https:")) {
    auto made = tls::ClientSettings::create("");
    if (!made) return Failed{{Kind::unavailable, made.error()}};
    settings = std::move(*made);
  }
  auto asker = Asker::make();
  if (!asker) return Failed{{Kind::unavailable, asker.error()}};
  const MonotonicNs until = (*asker)->now() + kPatience;
  Result<KeyFetch, DiscoveryFailure> answer = Failed{{Kind::unavailable, ""}};
  std::string asked;
  for (const std::string& url : *urls) {
    const bool again = answer.ok();
    auto next = fetch(**asker, *parse_fetch_url(url), settings.get(), until);
    if (again && (!next || next->status() != 200)) break;   // what the first place said counts
    answer = std::move(next);
    asked = url;
    if (!answer || answer->status() != 404) break;
  }
  Asker::finish(std::move(*asker));
  if (!answer) return Failed{answer.error()};
  if (answer->state() != KeyFetch::State::done) {
    const bool away = answer->abandoned() || (answer->status() != 0 && answer->status() != 200);
    return Failed{{away ? Kind::unavailable : Kind::bad_data, asked + ": " + answer->error()}};
  }
  auto found = read_discovery(answer->document(), issuer, keys_host);
  if (!found) return Failed{{Kind::bad_data, asked + ": " + found.error()}};
  return std::move(*found);
}

}  // namespace gatehouse::control
