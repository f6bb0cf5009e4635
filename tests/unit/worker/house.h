// A worker with real ring and real sockets, a policy made in code, and blocking sockets as client and origin.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <cstring>
#include <functional>
#include <string>
#include <thread>

#include "identity/mint.h"
#include "net/listener.h"
#include "worker/worker.h"

namespace gatehouse::worker {

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
    EXPECT_EQ(poll(&wait, 1, 5'000), 1) << "nobody connected";
    return Plain(::accept(listener, nullptr, nullptr));
  }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<size_t>(count));
    }
  }
  /// read_until reads until `done` says so, the other side ends, or 5 s pass without a byte.
  std::string read_until(const std::function<bool(const std::string&)>& done) {
    while (!done(seen_)) {
      pollfd wait{descriptor_, POLLIN, 0};
      if (poll(&wait, 1, 5'000) != 1) break;
      char buffer[65536];
      const ssize_t count = recv(descriptor_, buffer, sizeof buffer, 0);
      if (count <= 0) {
        ended_ = true;
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
  void shutdown_write() { shutdown(descriptor_, SHUT_WR); }
  bool ended() const { return ended_; }

 private:
  int descriptor_;
  std::string seen_;
  bool ended_ = false;
};

/// House runs one worker on its own thread until the test ends.
class House : public ::testing::Test {
 protected:
  static constexpr size_t kRingBytes = 8 << 20;

  void SetUp() override {
    origin_listener = *net::open_listener(*parse_address("127.0.0.1:0"));
    origin_address = net::bound_address(origin_listener);
    listener = *net::open_listener(*parse_address("127.0.0.1:0"));
    address = net::bound_address(listener);
    make_snapshot(snapshot, 1);
    memory.resize(kRingBytes / 4096 * 4096 + 4096);
    ring_bytes = {reinterpret_cast<char*>((reinterpret_cast<uintptr_t>(memory.data()) + 4095) & ~uintptr_t{4095}),
                  kRingBytes};
    record::create_ring(ring_bytes, 0, ExchangeIdSource(1).next(1));
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
  virtual void on_turn() {}            // on the worker's thread, after each turn

  void make_snapshot(config::Snapshot& out, uint64_t version) {
    out.version = version;
    out.listeners.push_back({"main", address, false});
    config::Origin origin;
    origin.name = "chunker";
    origin.address = origin_address;
    origin.host = "chunker.internal";
    origin.credential_header = "X-Api-Key";
    origin.credential = crypto::Secret("service-key");
    origin.credential_version = "0123456789abcdef";
    out.origins.push_back(std::move(origin));
    const std::string keys = "{\"keys\":[" + identity::jwk_text(key.public_key(), "k1") + "]}";
    auto parsed = identity::KeySet::parse(keys);
    EXPECT_TRUE(parsed.ok());
    out.issuers.issuers.push_back({"dev", "https://issuer.example", {"urn:gate"}, {identity::Algorithm::es256},
                                   "groups", 30 * kNsPerSecond, *parsed});
    auto guards = guard::Set::compile({{"destructive", {"\\bdrop\\s+table\\b"}, false}});
    EXPECT_TRUE(guards.ok());
    out.guards = *guards;
    auto masks = mask::Plan::compile({{"personal", {}, {mask::Detector::email}, mask::Method::redact}});
    EXPECT_TRUE(masks.ok());
    out.masks = *masks;
    using policy::Effect;
    out.policy.rules = {
        {"plain", Effect::allow, {"readers"}, {}, {{"/plain/**"}}, 0, 0, 0},
        {"inspected", Effect::allow, {"readers"}, {"POST"}, {{"/chunk"}}, 0, 1, 1},
        {"risky", Effect::approve, {"readers"}, {"DELETE"}, {{"/collections/*"}}, 0, 0, 0},
    };
    out.deadlines.hold = 2 * kNsPerSecond;
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
    parts.listeners = {listener};
    parts.snapshot = &snapshot;
    parts.seed = 7;
    Worker worker(parts);
    while (worker.turn((*ring)->now() + 5 * kNsPerMs)) {
      on_turn();
      telemetry::LogText line;
      while (lines.pop(line)) EXPECT_TRUE(line.view().starts_with("{\"time\":"));
    }
    EXPECT_EQ((*ring)->free_buffers(), (*ring)->total_buffers());
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
