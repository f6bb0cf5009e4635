// A worker with real ring and real sockets, a policy made in code, and blocking sockets as client and origin.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <string>
#include <thread>

#include "identity/mint.h"
#include "net/listener.h"
#include "worker/worker.h"

namespace gatehouse::worker {

inline bool has(ByteView text, ByteView part) { return text.find(part) != ByteView::npos; }

constexpr int kPatienceMs = 60'000;   // of every wait; only a failure waits so long

/// eventually polls until `done` says so, for as long as patience lasts.
inline bool eventually(const std::function<bool()>& done) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPatienceMs);
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

/// Plain is a blocking socket with a deadline on every wait.
class Plain {
 public:
  explicit Plain(int descriptor) : descriptor_(descriptor) {}
  Plain(Plain&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~Plain() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  static Plain connect(const Address& address) {
    const int descriptor = socket(address.family(), SOCK_STREAM, 0);
    EXPECT_EQ(::connect(descriptor, address.sockaddr_ptr(), address.length), 0) << std::strerror(errno);
    return Plain(descriptor);
  }
  static Plain accept(int listener) {
    pollfd wait{listener, POLLIN, 0};
    EXPECT_EQ(poll(&wait, 1, kPatienceMs), 1) << "nobody connected";
    return Plain(::accept(listener, nullptr, nullptr));
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  /// read_until reads until `done` says so, the other side ends, or patience does without a byte.
  std::string read_until(const std::function<bool(const std::string&)>& done) {
    while (!done(seen_)) {
      pollfd wait{descriptor_, POLLIN, 0};
      if (poll(&wait, 1, kPatienceMs) != 1) break;
      char buffer[65536];
      const ssize_t count = recv(descriptor_, buffer, sizeof buffer, 0);
      if (count <= 0) {
        ended_ = true;
        reset_ |= count < 0 && errno == ECONNRESET;
        break;
      }
      seen_.append(buffer, static_cast<size_t>(count));
    }
    return seen_;
  }
  /// message reads one head and a Content-Length body, and keeps what is behind it.
  std::string message() {
    size_t total = std::string::npos;
    read_until([&total](const std::string& text) {
      const size_t head = text.find("\r\n\r\n");
      if (head == std::string::npos) return false;
      const size_t at = text.find("Content-Length: ");
      total = head + 4 + (at < head ? std::stoul(text.substr(at + 16)) : 0);
      return text.size() >= total;
    });
    std::string one = seen_.substr(0, total);
    seen_.erase(0, total);
    return one;
  }
  std::string until_end() {
    return read_until([](const std::string&) { return false; });
  }
  /// some is what has come, or what comes next; empty when nothing does.
  std::string some() {
    seen_.clear();
    return std::exchange(seen_ = read_until([](const std::string& text) { return !text.empty(); }), {});
  }
  void shutdown_write() { shutdown(descriptor_, SHUT_WR); }
  /// abandon ends the connection with a reset.
  void abandon() {
    const linger at_once{1, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(std::exchange(descriptor_, -1));
  }
  bool ended() const { return ended_; }
  /// has_more: bytes or an end are there to be read.
  bool has_more() const {
    pollfd look{descriptor_, POLLIN, 0};
    return poll(&look, 1, 0) == 1;
  }
  bool reset() const { return reset_; }   // not by a FIN, which would have been a proper end

 private:
  int descriptor_;
  std::string seen_;
  bool ended_ = false;
  bool reset_ = false;
};

/// House runs one worker on its own thread until the test ends.
class House : public ::testing::Test {
 protected:
  void SetUp() override {
    origin_listener = *net::open_listener(*parse_address("127.0.0.1:0"));
    origin_address = net::bound_address(origin_listener);
    listener = *net::open_listener(*parse_address("127.0.0.1:0"));
    address = net::bound_address(listener);
    make_snapshot(snapshot, 1);
    memory.resize(log_bytes + 4096);
    ring_bytes = {reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(memory.data()) + 4095) & ~uintptr_t{4095}),
                  log_bytes};
    record::RingStart start;
    start.process = ExchangeIdSource(1).next(1);
    start.segment_bytes = segment_bytes;
    record::create_ring(ring_bytes, start);
    log = record::RingLog::open(ring_bytes);
    ASSERT_NE(log, nullptr);
    thread = std::thread([this] { run(); });
  }

  /// end_worker stops the worker; what it wrote may be looked at from then on.
  void end_worker() {
    if (!thread.joinable()) return;
    proxy::ToWorker stop;
    stop.kind = proxy::ToWorker::Kind::stop;
    ASSERT_TRUE(inbox.push(std::move(stop)));
    thread.join();
  }

  void TearDown() override {
    end_worker();
    ::close(listener);
    ::close(origin_listener);
  }

  virtual void adjust(config::Snapshot&) {}
  virtual void on_turn(const Worker&) {}   // on the worker's thread, after each turn

  void make_snapshot(config::Snapshot& out, uint64_t version) {
    out.version = version;
    out.listeners.push_back({"main", address, false});
    config::Origin origin;
    origin.name = "chunker";
    origin.address = origin_address;
    origin.host = "chunker.internal";
    origin.credential_header = "X-Api-Key";
    origin.credential = crypto::Secret("service-key");
    origin.secret_forms = std::make_shared<const crypto::SecretForms>(origin.secret(), false);
    origin.credential_version = "0123456789abcdef";
    out.origins.push_back(std::move(origin));
    const std::string keys = "{\"keys\":[" + identity::jwk_text(key.public_key(), "k1") + "]}";
    auto parsed = identity::KeySet::parse(keys);
    EXPECT_TRUE(parsed.ok());
    identity::Issuer issuer;
    issuer.name = "dev";
    issuer.url = "https://issuer.example";
    issuer.audiences = {"urn:gate"};
    issuer.algorithms = {identity::Algorithm::es256};
    issuer.keys = *parsed;
    out.issuers.issuers.push_back(std::move(issuer));
    auto guards = guard::Set::compile({{"destructive", {"\\bdrop\\s+table\\b"}, false}});
    EXPECT_TRUE(guards.ok());
    out.guards = *guards;
    auto masks = mask::Plan::compile({{"personal", {}, {detect::Detector::email}, mask::Method::redact}});
    EXPECT_TRUE(masks.ok());
    out.masks = *masks;
    using policy::Effect;
    out.policy.rules = {
        {"plain", Effect::allow, {"readers"}, {}, {{"/plain/**"}}, 0, 0, 0},
        {"inspected", Effect::allow, {"readers"}, {"POST"}, {{"/chunk"}}, 0, 1, 1},
        {"risky", Effect::approve, {"readers"}, {"DELETE"}, {{"/collections/*"}}, 0, 0, 0},
    };
    out.deadlines.hold = 600 * kNsPerSecond;   // whoever looks at an end in time makes that one deadline short
    out.worker_tls.resize(1);
    out.worker_tls[0].listeners.resize(1);
    out.worker_tls[0].origins.resize(1);
    adjust(out);
  }

  void run() {
    uring::RingOptions options;
    options.entries = 256;
    options.sockets = 256;
    auto ring = uring::Ring::open(options);
    ASSERT_TRUE(ring.ok()) << ring.error();
    WorkerParts parts;
    parts.ring = ring->get();
    parts.log = log.get();
    parts.metrics = &metrics;
    parts.inbox = &inbox;
    parts.outbox = &outbox;
    parts.log_lines = &lines;
    parts.listeners = {{listener}};
    parts.snapshot = &snapshot;
    parts.seed = 7;
    parts.inspect_here = inspect_here;
    Worker worker(parts);
    while (worker.turn((*ring)->now() + 5 * kNsPerMs)) {
      on_turn(worker);
      telemetry::LogText line;
      while (lines.pop(line)) EXPECT_TRUE(line.view().starts_with("{\"time\":"));
    }
    EXPECT_EQ((*ring)->free_buffers(), (*ring)->total_buffers());
  }

  /// publish hands the worker another snapshot, which the test keeps; told() takes what the worker says.
  void publish(const config::Snapshot& next) {
    proxy::ToWorker message;
    message.kind = proxy::ToWorker::Kind::publish;
    message.snapshot = &next;
    ASSERT_TRUE(inbox.push(std::move(message)));
  }
  proxy::ToControl told(proxy::ToControl::Kind kind) {
    proxy::ToControl message;
    eventually([&] { return outbox.pop(message) && message.kind == kind; });
    EXPECT_EQ(message.kind, kind);
    return message;
  }

  std::string token(const std::string& group) {
    const std::string soon = std::to_string(time(nullptr) + 600);
    return identity::mint_jwt(key, "k1", "{\"iss\":\"https://issuer.example\",\"aud\":\"urn:gate\",\"sub\":\"job-1\","
                                         "\"exp\":" + soon + ",\"groups\":[\"" + group + "\"]}");
  }
  std::string request(const std::string& method, const std::string& path, const std::string& body = "",
                      const std::string& fields = "Content-Type: application/json\r\n") {
    return method + " " + path + " HTTP/1.1\r\nHost: gate\r\nAuthorization: Bearer " + readers + "\r\n" + fields +
           (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body;
  }
  static std::string answer(const std::string& body, const std::string& type = "application/json") {
    return "HTTP/1.1 200 OK\r\nContent-Type: " + type + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
  }

  /// records ends the worker and is what its ring holds.
  ByteView records() {
    end_worker();
    return {ring_bytes.data(), ring_bytes.size()};
  }
  /// section is how a text stands in a record.
  static std::string section(record::Tag tag, ByteView text) {
    const auto number = static_cast<uint16_t>(tag);
    const auto length = static_cast<uint32_t>(text.size());
    std::string bytes(8, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    std::memcpy(bytes.data() + 4, &length, sizeof length);
    return bytes.append(text);
  }
  gatehouse_ring_header& ring_header() { return *reinterpret_cast<gatehouse_ring_header*>(ring_bytes.data()); }
  /// written plays the writer thread: so many more bytes of the log are on disk.
  void written(uint64_t bytes = UINT64_MAX) {
    const uint64_t head = std::atomic_ref(ring_header().head).load(std::memory_order_acquire);
    const uint64_t committed = ring_header().committed;
    std::atomic_ref(ring_header().committed)
        .store(committed + std::min(bytes, head - committed), std::memory_order_release);
  }

  size_t inspect_here = SIZE_MAX;      // set them before SetUp
  size_t log_bytes = 8 << 20;
  uint64_t segment_bytes = 64 << 20;
  crypto::PrivateKey key = crypto::PrivateKey::make_p256();
  std::string readers = token("readers");
  config::Snapshot snapshot;
  std::vector<char> memory;
  ByteSpan ring_bytes;
  std::unique_ptr<record::RingLog> log;
  telemetry::WorkerMetrics metrics;
  proxy::WorkerQueue inbox{64};
  proxy::ControlQueue outbox{64};
  proxy::LogQueue lines{64};
  int listener = -1, origin_listener = -1;
  Address address, origin_address;
  std::thread thread;
};

}  // namespace gatehouse::worker
