// What a block of a chunked body costs between its arrival and the send queue: decoded, recorded, queued. Chunk by chunk,
// and gathered as the relay does it. The ring and the queue are emptied by hand.
#include <benchmark/benchmark.h>

#include <sys/mman.h>

#include <cstring>
#include <string>
#include <vector>

#include "http/body.h"
#include "net/send_queue.h"
#include "record/log.h"
#include "record/ring_memory.h"

namespace gatehouse {
namespace {

constexpr size_t kRing = 4096 + (64 << 20);
constexpr size_t kBlock = 64 * 1024;

struct Bench {
  Bench() {
    memory = static_cast<char*>(::mmap(nullptr, kRing, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    std::memset(memory, 1, kRing);
    record::create_ring({memory, kRing}, 0, ExchangeId{});
    log = record::RingLog::open({memory, kRing});
  }
  ~Bench() { ::munmap(memory, kRing); }

  void pass_on(ByteView payload) {
    sections.clear();
    sections.number(record::Tag::direction, 1);
    sections.number(record::Tag::offset, offset);
    sections.bytes(record::Tag::body, payload);
    while (log->append(record::Kind::piece, ExchangeId{}, 0, 1, sections) != record::Append::ok)
      record::RingMemory({memory, kRing}).publish_committed(record::RingMemory({memory, kRing}).head());
    offset += payload.size();
    char size[http::kChunkHeaderMax];
    queue.append({size, http::chunk_header(payload.size(), size)});
    queue.append(payload);
    queue.append("\r\n");
  }

  char* memory;
  std::unique_ptr<record::RingLog> log;
  record::Sections sections;
  net::ChunkPool pool;
  net::SendQueue queue{pool};
  uint64_t offset = 0;
};

std::string block_of(size_t chunk) {
  std::string block;
  char size[http::kChunkHeaderMax];
  const std::string payload(chunk, 'x');
  while (block.size() < kBlock) block.append(size, http::chunk_header(chunk, size)).append(payload).append("\r\n");
  block.resize(kBlock);
  return block;
}

void relay(benchmark::State& state, bool gathered) {
  Bench bench;
  const std::string block = block_of(static_cast<size_t>(state.range(0)));
  std::vector<char> room(kBlock);
  const uint64_t before = record::RingMemory({bench.memory, kRing}).head();
  for (auto _ : state) {
    http::BodyDecoder decoder(http::Framing::chunked, 0);
    for (ByteView input = block; !input.empty();) {
      const auto part = gathered ? http::gather(decoder, input, room) : decoder.feed(input);
      if (!part.payload.empty()) bench.pass_on(part.payload);
      input.remove_prefix(part.consumed);
    }
    bench.queue.clear();
  }
  const uint64_t recorded = record::RingMemory({bench.memory, kRing}).head() - before;
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kBlock));
  state.counters["recorded_per_payload"] = static_cast<double>(recorded) / static_cast<double>(bench.offset);
}

void BM_BlockChunkByChunk(benchmark::State& state) { relay(state, false); }
void BM_BlockGathered(benchmark::State& state) { relay(state, true); }
BENCHMARK(BM_BlockChunkByChunk)->Arg(1)->Arg(64)->Arg(1024)->Arg(16 * 1024)->Arg(64 * 1024);
BENCHMARK(BM_BlockGathered)->Arg(1)->Arg(64)->Arg(1024)->Arg(16 * 1024)->Arg(64 * 1024);

}  // namespace
}  // namespace gatehouse
