// What takes long is done in turns: whoever shares the worker is served in between, and nothing is lost when it must end.
#include <gtest/gtest.h>

#include "book.h"
#include "fixed.h"
#include "record/ring_memory.h"
#include "ring_sim.h"
#include "scribe.h"
#include "tests/support/allocation_count.h"
#include "worker/worker.h"

namespace gatehouse::sim {
namespace {

constexpr size_t kBody = 3 * 1024 * 1024;
constexpr size_t kATurn = 128 * 1024 + kPieceBytes;   // what one session records in a turn, and the piece that makes it full
constexpr MonotonicNs kLong = 100 * kNsPerMs;

const Fixed& fixed() {
  static const Fixed made;
  return made;
}

std::unique_ptr<config::Snapshot> snapshot_of(const Address& gateway) {
  auto snapshot = std::make_unique<config::Snapshot>();
  snapshot->version = 1;
  snapshot->listeners.push_back({"front", gateway, false});
  config::Origin origin;
  origin.name = "alpha";
  origin.address = *parse_address("192.0.2.8:8000");
  origin.host = "origin.example";
  snapshot->origins.push_back(std::move(origin));
  identity::Issuer issuer;
  issuer.name = "test";
  issuer.url = "https://issuer.example";
  issuer.audiences = {"gatehouse"};
  issuer.algorithms = {identity::Algorithm::eddsa};
  issuer.keys = fixed().keys;
  issuer.record_claims = {{std::string(200, 'w'), "sub"}};
  snapshot->issuers.issuers.push_back(issuer);
  policy::Rule rule;
  rule.name = "guarded";
  rule.effect = policy::Effect::allow;
  rule.groups = {"batch"};
  rule.paths = {{"/guarded/**"}};
  rule.guards = 1;
  snapshot->policy.rules.push_back(std::move(rule));
  snapshot->guards = fixed().guards;
  snapshot->limits.inspect_bytes = 2 * kBody;
  snapshot->worker_tls.resize(1);
  snapshot->worker_tls[0].listeners.emplace_back();
  snapshot->worker_tls[0].origins.emplace_back();
  return snapshot;
}

/// Bench is one worker, which moves the clock when it sleeps, and clients who say what they are told to.
struct Bench {
  Bench() : kernel(1, false), gateway(*parse_address("192.0.2.1:80")), snapshot(snapshot_of(gateway)) {
    memory.resize(16 * 1024 * 1024 + 8192);
    auto at = reinterpret_cast<uintptr_t>(memory.data());
    const ByteSpan log_memory{reinterpret_cast<char*>((at + 4095) / 4096 * 4096), 16 * 1024 * 1024 + 4096};
    record::create_ring(log_memory, 0, {});
    log = record::RingLog::open(log_memory);
    scribe = std::make_unique<Scribe>(log_memory);
    listener = kernel.open_listener(gateway);
    ring = std::move(uring::Ring::open({}).value());
    worker::WorkerParts parts;
    parts.ring = ring.get();
    parts.log = log.get();
    parts.metrics = &metrics;
    parts.inbox = &inbox;
    parts.outbox = &outbox;
    parts.log_lines = &log_lines;
    parts.listeners = {{listener}};
    parts.snapshot = snapshot.get();
    parts.inspect_here = SIZE_MAX;
    worker.emplace(parts);
  }
  ~Bench() {
    proxy::ToWorker stop;
    stop.kind = proxy::ToWorker::Kind::stop;
    inbox.push(std::move(stop));
    while (worker->turn(kernel.now() + kLong)) look();
  }

  Wire dial() {
    Wire wire;
    kernel.dial(*parse_address("198.51.100.1:40000"), gateway, [&wire](int, Wire made) { wire = std::move(made); });
    while (!wire.valid()) turn();
    return wire;
  }

  /// look does at once what a job thread is asked for.
  void look() {
    for (proxy::ToControl asked; outbox.pop(asked);) {
      if (asked.kind != proxy::ToControl::Kind::inspect) continue;
      asked.inspection->run(inspector);
      proxy::ToWorker answer;
      answer.kind = proxy::ToWorker::Kind::inspected;
      answer.inspection = std::move(asked.inspection);
      ASSERT_TRUE(inbox.push(std::move(answer)));
    }
  }

  void turn() {
    worker->turn(kernel.now() + kLong);
    look();
    scribe->read();
    ASSERT_EQ(scribe->problem(), "");
  }

  /// say hands over all of it, as fast as the worker takes it.
  void say(Wire& wire, ByteView bytes) {
    while (!bytes.empty()) {
      const int64_t count = wire.write(bytes);
      if (count > 0) bytes.remove_prefix(static_cast<size_t>(count));
      else turn();
    }
  }

  /// arrive lets time pass in which the worker does not get the processor: what was said lies before it then.
  void arrive() {
    for (const MonotonicNs until = kernel.now() + kLong; kernel.next_event() <= until; kernel.run_due())
      kernel.advance_to(kernel.next_event());
    kernel.advance_to(kernel.now() + kLong);
  }

  static std::string head(const char* path, const std::string& fields) {
    return "POST " + std::string(path) + " HTTP/1.1\r\nHost: gateway.example\r\nAuthorization: Bearer " +
           fixed().tokens[static_cast<size_t>(Caller::member)] + "\r\nContent-Type: application/json\r\n" + fields + "\r\n";
  }

  const Tale& tale(const char* path) const {
    static const Tale none;
    for (const auto& [id, tale] : scribe->tales())
      if (tale.client_head.find(path) != std::string::npos) return tale;
    return none;
  }

  Kernel kernel;
  Address gateway;
  std::unique_ptr<config::Snapshot> snapshot;
  std::string memory;
  std::unique_ptr<record::RingLog> log;
  std::unique_ptr<Scribe> scribe;
  telemetry::WorkerMetrics metrics;
  proxy::WorkerQueue inbox{1024};
  proxy::ControlQueue outbox{1024};
  proxy::LogQueue log_lines{1024};
  guard::Inspector inspector;
  int listener = -1;
  std::unique_ptr<uring::Ring> ring;
  std::optional<worker::Worker> worker;
};

std::string hostile() { return "{\"statement\":\"drop table docs -- " + std::string(kBody, 'a') + "\"}"; }

std::string length_of(const std::string& body) { return "Content-Length: " + std::to_string(body.size()) + "\r\n"; }

/// The body comes, then a small request; both are refused, the small one while the large one is recorded.
void large_and_small(const std::string& head, const std::string& body, const std::string& content, bool coded) {
  Bench bench;
  Wire large = bench.dial(), small = bench.dial();
  bench.say(large, head);
  bench.say(large, ByteView(body).substr(0, body.size() - 1));
  bench.arrive();
  while (bench.ring->state().deliverable()) bench.turn();
  ASSERT_EQ(bench.tale("/guarded/large").requests, 0u);
  bench.say(large, ByteView(body).substr(body.size() - 1));
  bench.arrive();
  bench.say(small, Bench::head("/nowhere/small", ""));
  bench.arrive();

  size_t before = 0, at_small = 0, turns = 0;
  while (bench.tale("/guarded/large").closes == 0) {
    ASSERT_LT(++turns, 1000u);
    bench.turn();
    const Tale& tale = bench.tale("/guarded/large");
    const std::string& kept = coded ? tale.content : tale.to_origin;
    EXPECT_LE(kept.size(), before + kATurn);
    before = kept.size();
    if (bench.tale("/nowhere/small").closes == 0) at_small = before;
  }
  const Tale& told = bench.tale("/guarded/large");
  EXPECT_FALSE(told.allowed);
  EXPECT_TRUE((coded ? told.content : told.to_origin) == content);
  EXPECT_EQ(told.problem, "");
  EXPECT_LE(at_small, kATurn) << "the small one waited";
  EXPECT_LT(bench.tale("/nowhere/small").close_entry, told.kept_entry);
  EXPECT_GT(turns, kBody / kATurn);
}

TEST(Turns, ARefusedBodyIsRecordedWhileOthersAreServed) {
  const std::string body = hostile();
  large_and_small(Bench::head("/guarded/large", length_of(body)), body, body, false);
}

// Its length is told by nobody, and the last bytes make its memory grow.
TEST(Turns, OneThatGrewAtItsEndIsMovedInTurnsToo) {
  std::string body = "drop table docs -- ";
  body.resize(2 * 1024 * 1024 + 1, 'a');
  char size[32];
  snprintf(size, sizeof size, "%zx\r\n", body.size());
  Bench bench;
  Wire large = bench.dial();
  bench.say(large, Bench::head("/guarded/large", "Transfer-Encoding: chunked\r\n") + size);
  bench.say(large, ByteView(body).substr(0, body.size() - 3));
  bench.arrive();
  while (bench.ring->state().deliverable()) bench.turn();
  EXPECT_EQ(bench.worker->station().bodies.lent(), body.size() - 1);
  bench.say(large, body.substr(body.size() - 3) + "\r\n0\r\n\r\n");
  bench.arrive();
  bench.turn();
  EXPECT_FALSE(bench.ring->state().deliverable());
  EXPECT_EQ(bench.worker->station().bodies.lent(), 3 * (body.size() - 1)) << "where it lay, and where it will";
  EXPECT_EQ(bench.tale("/guarded/large").requests, 0u);
  for (size_t turns = 0; bench.tale("/guarded/large").closes == 0; bench.turn()) ASSERT_LT(++turns, 1000u);
  EXPECT_TRUE(bench.tale("/guarded/large").to_origin == body);
  EXPECT_EQ(bench.worker->station().bodies.lent(), 0u);
}

// A small body whose content is large: what counts is what is recorded.
TEST(Turns, SoIsTheContentOfOneInACoding) {
  std::string content = hostile(), body;
  for (size_t i = 40; i + 3 < content.size(); i += 19) content[i] = static_cast<char>('a' + i * i / 7 % 23);
  body = gzipped(content);
  ASSERT_LT(body.size(), content.size() / 8);
  const std::string head = Bench::head("/guarded/large", length_of(body) + "Content-Encoding: gzip\r\n");
  large_and_small(head, body, content, true);
}

// The gateway stops in the middle of it: all that came is recorded, and the closing record.
TEST(Turns, AWorkerThatStopsRecordsAllOfItFirst) {
  const std::string body = hostile();
  Bench bench;
  Wire large = bench.dial();
  bench.say(large, Bench::head("/guarded/large", length_of(body)));
  bench.say(large, ByteView(body).substr(0, body.size() - 1));
  bench.arrive();
  while (bench.ring->state().deliverable()) bench.turn();
  proxy::ToWorker stop;
  stop.kind = proxy::ToWorker::Kind::stop;
  ASSERT_TRUE(bench.inbox.push(std::move(stop)));
  bench.turn();
  const Tale& told = bench.tale("/guarded/large");
  EXPECT_EQ(told.closes, 1u);
  EXPECT_EQ(told.reason, static_cast<uint64_t>(Reason::gateway_draining));
  EXPECT_TRUE(told.to_origin == ByteView(body).substr(0, body.size() - 1));
}

/// What a full log does not take is asked again every 10 ms: of an exchange with all that a record makes copies for, that is no memory.
TEST(Turns, AskingAFullLogAgainCostsNoMemory) {
  for (const policy::Keep keep : {policy::Keep::full, policy::Keep::digest}) {
    Bench bench;
    bench.snapshot->policy.rules[0].keep = keep;
    bench.snapshot->record_block = true;
    bench.snapshot->deadlines.progress = 1000 * kNsPerSecond;
    Wire wire = bench.dial();
    record::Sections filler;
    filler.bytes(record::Tag::body, "what fills the ring");
    while (bench.log->append(record::Kind::piece, {}, 0, 0, filler) == record::Append::ok) {}
    const std::string body = hostile().substr(0, 300) + "\"}";
    bench.say(wire, Bench::head("/guarded/a?u=https%3A%2F%2Fu:pw@h%2F%3Fsig%3Dx",
                                length_of(body) + "X-Client-Secret: " + std::string(1500, 's') + "\r\n") + body);
    const auto turns = [&bench](int count) {
      const size_t before = testing::allocations();
      for (int i = 0; i < count; ++i) {
        bench.worker->turn(bench.kernel.now() + kLong);
        bench.look();
      }
      return testing::allocations() - before;
    };
    turns(100);
    ASSERT_EQ(bench.metrics.record_waits.get(), 1u);
    EXPECT_EQ(turns(1000), 0u) << "level " << static_cast<int>(keep);
    EXPECT_EQ(bench.metrics.record_waits.get(), 1u) << "it waits for the first room still";
  }
}

}  // namespace
}  // namespace gatehouse::sim
