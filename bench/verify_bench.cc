// What `records verify` reads in a second on one core: 256 MiB of pieces of 24 KiB, each way of verifying. From the page cache of
// the current folder's file system, as records are: a tmpfs gives its pages of 4 KiB singly, and takes twice as long to read.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "record/log.h"
#include "record/verify.h"
#include "record/writer.h"

namespace gatehouse::record {
namespace {

constexpr uint64_t kBytes = 256 << 20;

/// Folder is made once for each way; sealed for one auditor.
struct Folder {
  std::string path = "gatehouse-verify-XXXXXX";
  KeySecret auditor = make_key(KeyUse::auditor, "ann");
  std::shared_ptr<const crypto::PrivateKey> heads = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  OpenKeys keys;

  explicit Folder(bool strict) {
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    WriterOptions options;
    options.dir = path;
    options.heads_key = heads;
    options.strict = strict;
    options.sealing = {{public_half(auditor)}, Sealed::content};
    auto writer = std::move(Writer::start(options).value());
    auto log = RingLog::open(writer->ring(0), writer->sealer(0));
    const std::string body(24 * 1024, 'x');
    ExchangeIdSource ids(1);
    for (uint64_t written = 0; written < kBytes;) {
      Sections sections;
      sections.number(Tag::direction, 2);
      sections.number(Tag::offset, written);
      sections.bytes(Tag::body, body);
      if (log->append(Kind::piece, {}, 0, 1, sections) == Append::ok) written += body.size();
      else std::this_thread::yield();
    }
    writer->stop();
    (void)keys.add({KeyUse::auditor, "ann", auditor.bytes.copy()});
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

void verify_with(benchmark::State& state, bool strict, bool with_key) {
  const Folder folder(strict);
  VerifyOptions options;
  options.dir = folder.path;
  options.ring_dir = folder.path + "/rings";
  options.heads_keys = {key_part(folder.heads->public_key())};
  if (with_key) options.keys = &folder.keys;
  uint64_t bytes = 0;
  options.problem = [&state](const Damage& damage) { state.SkipWithError(damage.what.c_str()); };
  (void)verify(options);   // the writer went past the page cache
  for (auto _ : state) bytes += verify(options)->bytes;
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

void BM_verify_keyless(benchmark::State& state) { verify_with(state, false, false); }
void BM_verify_strict(benchmark::State& state) { verify_with(state, true, false); }
void BM_verify_with_key(benchmark::State& state) { verify_with(state, false, true); }
BENCHMARK(BM_verify_keyless);
BENCHMARK(BM_verify_strict);
BENCHMARK(BM_verify_with_key);

}  // namespace
}  // namespace gatehouse::record
