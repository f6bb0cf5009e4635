// What a token costs: at first sight, from the cache, and when it is forged.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "crypto/digest.h"
#include "identity/ledger.h"
#include "identity/mint.h"
#include "identity/token_cache.h"
#include "identity/token_memo.h"

namespace gatehouse::identity {
namespace {

constexpr WallNs kNow = 1'800'000'000 * kNsPerSecond;

std::string claims_of(size_t number) {
  return R"({"iss":"https://issuer.test/realms/jobs","aud":["chunking","other"],"sub":"job-)" +
         std::to_string(number) +
         R"(","iat":1799999990,"exp":1800000300,"jti":"5f0c1c1e-8d7c-4b52-9d57-0c0f8a1b2c3d","client_id":"batch",)"
         R"("scope":"chunk read","realm_access":{"roles":["a","b","c"]},"groups":["ingest","batch","data-platform"]})";
}

IssuerSet issuers_of(const crypto::PublicKey& key) {
  Issuer issuer;
  issuer.name = "jobs";
  issuer.url = "https://issuer.test/realms/jobs";
  issuer.audiences = {"chunking"};
  issuer.algorithms = {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa};
  issuer.keys = KeySet::parse("{\"keys\":[" + jwk_text(key, "k") + "]}").value();
  return {{issuer}};
}

void first_sight(benchmark::State& state, const crypto::PrivateKey& key) {
  const IssuerSet issuers = issuers_of(key.public_key());
  const std::string token = mint_jwt(key, "k", claims_of(1));
  for (auto _ : state)
    if (!verify_jwt(issuers, token, kNow).ok()) state.SkipWithError("refused");
  state.counters["token_bytes"] = static_cast<double>(token.size());
}
BENCHMARK_CAPTURE(first_sight, es256, crypto::PrivateKey::make_p256());
BENCHMARK_CAPTURE(first_sight, eddsa, crypto::PrivateKey::make_ed25519());
BENCHMARK_CAPTURE(first_sight, rs256, crypto::PrivateKey::make_rsa());

/// cached cycles over range(0) tokens that all fit.
void cached(benchmark::State& state) {
  const auto key = crypto::PrivateKey::make_p256();
  const IssuerSet issuers = issuers_of(key.public_key());
  const size_t count = static_cast<size_t>(state.range(0));
  std::vector<std::string> tokens;
  TokenCache cache(4096);
  for (size_t i = 0; i < count; ++i) {
    tokens.push_back(mint_jwt(key, "k", claims_of(i)));
    if (!cache.verify(issuers, 1, tokens.back(), kNow).ok()) state.SkipWithError("refused");
  }
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(cache.verify(issuers, 1, tokens[next], kNow).ok());
    if (++next == count) next = 0;
  }
  if (cache.misses() != count) state.SkipWithError("missed");
  state.counters["token_bytes"] = static_cast<double>(tokens[0].size());
}
BENCHMARK(cached)->Arg(1)->Arg(64)->Arg(4096);

/// repeated is what a connection costs that sends the same field again.
void repeated(benchmark::State& state) {
  const auto key = crypto::PrivateKey::make_p256();
  const IssuerSet issuers = issuers_of(key.public_key());
  const std::string field = "Bearer " + mint_jwt(key, "k", claims_of(1));
  TokenMemo memo;
  memo.keep({1, 0}, "Authorization", field, verify_jwt(issuers, bearer_token(field), kNow).value(), kNow);
  std::string copies[64];   // a receive buffer is never the same bytes twice
  for (std::string& copy : copies) copy = field;
  size_t next = 0;
  for (auto _ : state) {
    if (memo.find({1, 0}, "Authorization", copies[next++ % 64], kNow) == nullptr) state.SkipWithError("missed");
  }
  state.counters["field_bytes"] = static_cast<double>(field.size());
}
BENCHMARK(repeated);

/// by_rule is a first sight with conditions, a template and groups by rule, as a cluster's tokens need.
void by_rule(benchmark::State& state) {
  const auto key = crypto::PrivateKey::make_ed25519();
  IssuerSet issuers = issuers_of(key.public_key());
  Issuer& issuer = issuers.issuers[0];
  issuer.require = {{"sub", {"job-*"}}};
  issuer.subject = SubjectTemplate::parse("{iss-name}:{client_id}:{sub}", "jobs").value();
  issuer.record_claims = {{"client_id", "client_id"}, {"roles", "realm_access.roles"}};
  for (int i = 0; i < 32; ++i)
    issuer.group_rules.push_back({"g" + std::to_string(i), {{"realm_access.roles", {"a*", "*b", "x*y*z"}}}});
  const std::string token = mint_jwt(key, "k", claims_of(1));
  for (auto _ : state)
    if (!verify_jwt(issuers, token, kNow).ok()) state.SkipWithError("refused");
}
BENCHMARK(by_rule);

/// What revocations add to each decision: range(0) of them, of all kinds, none of which is about who asks.
void standing(benchmark::State& state) {
  std::vector<Revocation> entries(static_cast<size_t>(state.range(0)));
  for (size_t i = 0; i < entries.size(); ++i) {
    entries[i].what = static_cast<Revoked>(i % 4 + 1);
    entries[i].issuer = entries[i].what == Revoked::certificate ? "" : i % 5 == 0 ? "*" : "jobs";
    entries[i].value = entries[i].what == Revoked::certificate ? crypto::hex(crypto::sha256(std::to_string(i)))
                                                               : "5f0c1c1e-8d7c-4b52-" + std::to_string(i);
  }
  Ledger ledger = *Ledger::none();
  ledger.revocations = std::make_shared<RevocationSet>(entries, crypto::random_u64());
  std::vector<Identity> callers(64);
  for (size_t i = 0; i < callers.size(); ++i) {
    callers[i].proof = Proof::oidc_jwt;
    callers[i].issuer = "jobs";
    callers[i].subject = "job-" + std::to_string(i);
    callers[i].token_id = "5f0c1c1e-8d7c-4b52-9d57-0c0f8a1b2c3d" + std::to_string(i);
    callers[i].key_id = "k";
    callers[i].expires = kNow + 1;
  }
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(ledger.standing(callers[next], kNow));
    if (++next == callers.size()) next = 0;
  }
}
BENCHMARK(standing)->Arg(0)->Arg(1)->Arg(100'000)->Arg(1'000'000);

/// An API key, again and again: one SHA-256 and one look-up among range(0).
void api_key(benchmark::State& state) {
  std::vector<ApiKey> keys(static_cast<size_t>(state.range(0)));
  std::string text;
  for (ApiKey& key : keys) {
    std::array<uint8_t, 10> id{};
    std::array<uint8_t, 32> secret{};
    crypto::random_bytes({reinterpret_cast<char*>(id.data()), id.size()});
    text = api_key_text(api_key_id(id), secret);
    key.id = id_of_api_key(text);
    key.name = "job";
    key.groups = {"ingest", "batch"};
    key.digest = crypto::sha256(text);
  }
  const auto set = std::make_shared<const ApiKeySet>(std::move(keys));
  ApiKeyDesk desk;
  for (auto _ : state)
    if (!desk.verify(set, text, kNow).ok()) state.SkipWithError("refused");
}
BENCHMARK(api_key)->Arg(1)->Arg(10'000);

void forged(benchmark::State& state, ByteView claims, ByteView id) {
  const auto key = crypto::PrivateKey::make_p256();
  const IssuerSet issuers = issuers_of(key.public_key());
  const std::string token = mint_jwt(crypto::PrivateKey::make_p256(), id, claims);
  TokenCache cache(4096);
  for (auto _ : state)
    if (cache.verify(issuers, 1, token, kNow).ok()) state.SkipWithError("accepted");
}
BENCHMARK_CAPTURE(forged, signature, claims_of(1), "k");
BENCHMARK_CAPTURE(forged, kid, claims_of(1), "other");

/// The dearest refusals that need no key: as many names as fit, to be compared.
void many_names(benchmark::State& state) {
  const auto key = crypto::PrivateKey::make_p256();
  const IssuerSet issuers = issuers_of(key.public_key());
  std::string claims = R"({"iss":"x")";
  while (claims.size() < 11'900) claims += ",\"" + std::to_string(claims.size()) + "\":0";
  const std::string token = mint_jwt(key, "k", claims + "}");
  for (auto _ : state)
    if (verify_jwt(issuers, token, kNow).ok()) state.SkipWithError("accepted");
}
BENCHMARK(many_names);

}  // namespace
}  // namespace gatehouse::identity
