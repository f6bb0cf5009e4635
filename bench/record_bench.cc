// What an append costs the worker: copy, checksum, chain, publication; sealed also AES-256-GCM. The ring is emptied and
// keys are made by hand, as the writer thread would: nothing but the append is on the clock.
#include <benchmark/benchmark.h>

#include <sys/mman.h>

#include <cstring>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "crypto/gcm.h"
#include "record/log.h"
#include "record/ring_memory.h"
#include "record/sealing.h"

namespace gatehouse::record {
namespace {

constexpr size_t kRing = 4096 + (64 << 20);

struct Ring {
  char* memory;
  std::unique_ptr<Sealer> sealer;
  std::unique_ptr<RingLog> log;

  explicit Ring(bool sealed = false) {
    memory = static_cast<char*>(::mmap(nullptr, kRing, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    std::memset(memory, 1, kRing);
    create_ring({memory, kRing}, 0, ExchangeId{});
    if (sealed) {
      const Sealing sealing{{public_half(make_key(KeyUse::auditor, "a")), public_half(make_key(KeyUse::operations, "o"))}, Sealed::content};
      sealer = std::make_unique<Sealer>(Epoch{}, sealing);
    }
    log = RingLog::open({memory, kRing}, sealer.get());
  }
  ~Ring() { ::munmap(memory, kRing); }
};

ExchangeId some_id() {
  ExchangeIdSource source(1);
  return source.next(1'700'000'000 * kNsPerSecond);
}

void append_with(benchmark::State& state, const Sections& sections, size_t bytes, bool sealed = false) {
  Ring ring(sealed);
  const RingMemory memory({ring.memory, kRing});
  const ExchangeId id = some_id();
  uint64_t appended = 0;
  for (auto _ : state) {
    if (ring.log->append(Kind::piece, id, 0, 1, sections) != Append::ok) {
      state.PauseTiming();
      memory.publish_committed(memory.head());
      if (sealed) ring.sealer->prepare();
      state.ResumeTiming();
      continue;
    }
    ++appended;
  }
  state.SetBytesProcessed(static_cast<int64_t>(appended * bytes));
}

void BM_append_piece(benchmark::State& state) {
  const std::string body(static_cast<size_t>(state.range(0)), 'x');
  Sections sections;
  sections.number(Tag::direction, 1);
  sections.number(Tag::offset, 0);
  sections.bytes(Tag::body, body);
  append_with(state, sections, body.size());
}
BENCHMARK(BM_append_piece)->Arg(512)->Arg(2048)->Arg(8192)->Arg(15'000)->Arg(24'576)->Arg(65'536);

// Direction 2 is what clients get: one pass of GCM. Direction 1 is what jobs sent: GCM for the auditor, and its ciphertext
// authenticated once more for operations.
void BM_append_sealed_piece(benchmark::State& state) {
  const std::string body(static_cast<size_t>(state.range(0)), 'x');
  Sections sections;
  sections.number(Tag::direction, static_cast<uint64_t>(state.range(1)));
  sections.number(Tag::offset, 0);
  sections.bytes(Tag::body, body);
  append_with(state, sections, body.size(), true);
}
BENCHMARK(BM_append_sealed_piece)->ArgsProduct({{512, 8192, 24'576, 65'536}, {1, 2}});

// A request record as the gateway writes it: some forty short sections and two heads.
void append_request(benchmark::State& state, bool sealed) {
  const std::string head(700, 'h');
  Sections sections;
  for (int i = 0; i < 28; ++i) sections.bytes(Tag::rule, ByteView("some-name-of-usual-length").substr(0, 8 + i % 16));
  for (int i = 0; i < 8; ++i) sections.number(Tag::time_head, 12345);
  sections.bytes(Tag::client_head, head);
  sections.bytes(Tag::origin_head, head);
  append_with(state, sections, 2 * head.size(), sealed);
}
void BM_append_request(benchmark::State& state) { append_request(state, false); }
BENCHMARK(BM_append_request);
void BM_append_sealed_request(benchmark::State& state) { append_request(state, true); }
BENCHMARK(BM_append_sealed_request);

// The floor of sealing: GCM alone, in place.
void BM_gcm(benchmark::State& state) {
  std::string body(static_cast<size_t>(state.range(0)), 'x');
  crypto::GcmSealer sealer;
  sealer.rekey(std::string(32, 'k'));
  for (auto _ : state) {
    sealer.begin({});
    sealer.seal(body, body.data());
    benchmark::DoNotOptimize(sealer.finish());
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}
BENCHMARK(BM_gcm)->Arg(512)->Arg(24'576);

void BM_make_segment_keys(benchmark::State& state) {   // on the writer thread, once per segment
  const Sealing sealing{{public_half(make_key(KeyUse::auditor, "a")), public_half(make_key(KeyUse::operations, "o"))}, Sealed::content};
  for (auto _ : state) benchmark::DoNotOptimize(std::make_unique<Sealer>(Epoch{}, sealing));
}
BENCHMARK(BM_make_segment_keys);

// The floor: the same bytes copied into the same ring and nothing else.
void BM_memcpy_into_ring(benchmark::State& state) {
  Ring ring;
  const std::string body(static_cast<size_t>(state.range(0)), 'x');
  size_t at = 4096;
  for (auto _ : state) {
    if (at + body.size() > kRing) at = 4096;
    std::memcpy(ring.memory + at, body.data(), body.size());
    benchmark::ClobberMemory();
    at += body.size();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}
BENCHMARK(BM_memcpy_into_ring)->Arg(8192)->Arg(24'576)->Arg(65'536);

void BM_crc32c(benchmark::State& state) {
  const std::string body(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crypto::crc32c(body));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * body.size()));
}
BENCHMARK(BM_crc32c)->Arg(84)->Arg(4096)->Arg(24'576);

void BM_chain_step(benchmark::State& state) {
  RecordHeader header{};
  Chain chain{};
  for (auto _ : state) chain = chain_step(chain, header);
  benchmark::DoNotOptimize(chain);
}
BENCHMARK(BM_chain_step);

}  // namespace
}  // namespace gatehouse::record
