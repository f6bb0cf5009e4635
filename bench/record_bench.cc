// What an append costs the worker: copy, checksum, chain, publication. The ring is emptied by hand, as
// the writer thread would: nothing but the append is on the clock.
#include <benchmark/benchmark.h>

#include <sys/mman.h>

#include <cstring>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "record/log.h"
#include "record/ring_memory.h"

namespace gatehouse::record {
namespace {

constexpr size_t kRing = 4096 + (64 << 20);

struct Ring {
  char* memory;
  std::unique_ptr<RingLog> log;

  Ring() {
    memory = static_cast<char*>(::mmap(nullptr, kRing, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    std::memset(memory, 1, kRing);
    create_ring({memory, kRing}, 0, ExchangeId{});
    log = RingLog::open({memory, kRing});
  }
  ~Ring() { ::munmap(memory, kRing); }
};

ExchangeId some_id() {
  ExchangeIdSource source(1);
  return source.next(1'700'000'000 * kNsPerSecond);
}

void append_with(benchmark::State& state, const Sections& sections, size_t bytes) {
  Ring ring;
  const RingMemory memory({ring.memory, kRing});
  const ExchangeId id = some_id();
  uint64_t appended = 0;
  for (auto _ : state) {
    if (ring.log->append(Kind::piece, id, 0, 1, sections) != Append::ok) {
      memory.publish_committed(memory.head());
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

// A request record as the gateway writes it: some forty short sections and two heads.
void BM_append_request(benchmark::State& state) {
  const std::string head(700, 'h');
  Sections sections;
  for (int i = 0; i < 28; ++i) sections.bytes(Tag::rule, ByteView("some-name-of-usual-length").substr(0, 8 + i % 16));
  for (int i = 0; i < 8; ++i) sections.number(Tag::time_head, 12345);
  sections.bytes(Tag::client_head, head);
  sections.bytes(Tag::origin_head, head);
  append_with(state, sections, 2 * head.size());
}
BENCHMARK(BM_append_request);

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
