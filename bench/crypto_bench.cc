// Digests, checksums and signatures.
#include <benchmark/benchmark.h>

#include <string>

#include "crypto/digest.h"
#include "crypto/secret_filter.h"
#include "crypto/sign.h"

namespace gatehouse::crypto {
namespace {

void sha256_of(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(sha256(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sha256_of)->Arg(112)->Arg(900)->Arg(24 * 1024);

void crc32c_of(benchmark::State& state) {
  const std::string bytes(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crc32c(bytes));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(crc32c_of)->Arg(64)->Arg(1024)->Arg(24 * 1024);

// What every answer is searched for: a credential of 32 characters in chunk text.
std::string chunk_text(size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += "{\"text\":\"The quick brown fox jumps over the lazy dog, again.\\n\",\"start\":1024},";
  text.resize(bytes);
  return text;
}

void secret_in_answer(benchmark::State& state) {
  const std::string text = chunk_text(static_cast<size_t>(state.range(0)));
  const SecretFilter filter;
  for (auto _ : state) benchmark::DoNotOptimize(filter.look("tZ8sLq0xN4yVb2kR7wMd5eJc1hGf9pUa", text));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(secret_in_answer)->Arg(1024)->Arg(15'000)->Arg(64 * 1024);

// The same where every few bytes an escape stands: as JSON and HTML have them, then as only an attacker writes them.
void secret_in_escapes(benchmark::State& state, ByteView escape) {
  std::string text;
  while (text.size() < 15'000) text += escape;
  const SecretFilter filter;
  for (auto _ : state) benchmark::DoNotOptimize(filter.look("tZ8sLq0xN4yVb2kR/wMd5eJc1hGf9pU+", text));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(text.size()));
}
BENCHMARK_CAPTURE(secret_in_escapes, json, "a line\\nsaid \\\"x\\\" ");
BENCHMARK_CAPTURE(secret_in_escapes, json_letters, "\\u4e2d\\u6587");
BENCHMARK_CAPTURE(secret_in_escapes, json_paths, "usr\\/lib\\/");
BENCHMARK_CAPTURE(secret_in_escapes, json_in_json, "a\\\\n\\\"x\\\": ");
BENCHMARK_CAPTURE(secret_in_escapes, html, "a&nbsp;b &lt;p&gt; ");
BENCHMARK_CAPTURE(secret_in_escapes, html_letters, "&#20013;&#25991;");
BENCHMARK_CAPTURE(secret_in_escapes, url, "a%20b%2Fc%C3%A9");
BENCHMARK_CAPTURE(secret_in_escapes, url_twice, "%2520%252F%25C3%25A9");
BENCHMARK_CAPTURE(secret_in_escapes, backslashes, "\\");
BENCHMARK_CAPTURE(secret_in_escapes, ampersands, "&");
BENCHMARK_CAPTURE(secret_in_escapes, percents, "%");
BENCHMARK_CAPTURE(secret_in_escapes, percents_twice, "%25");
BENCHMARK_CAPTURE(secret_in_escapes, of_the_secret, "&#116;");   // its first byte, again and again
BENCHMARK_CAPTURE(secret_in_escapes, of_the_secret_twice, "&amp;#x74;");
BENCHMARK_CAPTURE(secret_in_escapes, amps, "&amp;");
BENCHMARK_CAPTURE(secret_in_escapes, numbers, "&#");
BENCHMARK_CAPTURE(secret_in_escapes, begun, "\\u0074");
BENCHMARK_CAPTURE(secret_in_escapes, nested, "\\u0026#x5c;%5cu0026");

void random_word(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(random_u64());
}
BENCHMARK(random_word);

void verify(benchmark::State& state, const PrivateKey& key) {
  const std::string message(700, 'm');
  const std::string signature = key.sign(message);
  const PublicKey& known = key.public_key();
  for (auto _ : state) benchmark::DoNotOptimize(known.verify(message, signature));
}
BENCHMARK_CAPTURE(verify, es256, PrivateKey::make_p256());
BENCHMARK_CAPTURE(verify, eddsa, PrivateKey::make_ed25519());
BENCHMARK_CAPTURE(verify, rs256_2048, PrivateKey::make_rsa());
BENCHMARK_CAPTURE(verify, rs256_4096, PrivateKey::make_rsa(4096));

void check_ed25519_key(benchmark::State& state) {
  const std::string point = PrivateKey::make_ed25519().public_key().parts().first;
  for (auto _ : state) benchmark::DoNotOptimize(PublicKey::from_ed25519(point).ok());
}
BENCHMARK(check_ed25519_key);

}  // namespace
}  // namespace gatehouse::crypto
