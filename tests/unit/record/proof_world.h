// A folder as a gateway leaves it, with everything that verify can go by: two starts, two workers, sealed, signed, witnessed.
#pragma once

#include <chrono>
#include <thread>

#include "record/verify.h"
#include "record/writer.h"
#include "world.h"

namespace gatehouse::record {

struct ProofWorld {
  TempFolder dir{"/dev/shm"};
  TempFolder rings{"/dev/shm"};
  TestKeys keys;
  std::shared_ptr<const crypto::PrivateKey> heads = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
  std::string witness;     // what the witness was sent
  WriterOptions options;

  ProofWorld() {
    options.dir = dir.path();
    options.ring_dir = rings.path();
    options.ring_bytes = 256 * 1024;
    options.segment_bytes = 64 * 1024;
    options.commit_interval = kNsPerMs;
    options.version = "test";
    options.rings = 2;
    options.heads_key = heads;
    options.head_interval = 2 * kNsPerMs;
    options.witnessed = true;
    options.sealing = keys.sealing();
  }

  std::unique_ptr<Writer> start() {
    auto writer = Writer::start(options);
    EXPECT_TRUE(writer.ok()) << writer.error();
    return writer ? std::move(*writer) : nullptr;
  }

  void take(Writer& writer) {
    for (const std::string& each : writer.take_heads(SIZE_MAX)) witness += each;
  }

  /// stop ends the writer in order.
  void stop(std::unique_ptr<Writer> writer) {
    EXPECT_TRUE(writer->stop()) << writer->stats().last_error;
    take(*writer);
  }

  /// run is one start with exchanges on every ring.
  void run(uint64_t exchanges) {
    auto writer = start();
    for (uint32_t ring = 0; ring < options.rings; ++ring) {
      auto log = RingLog::open(writer->ring(ring), writer->sealer(ring));
      for (uint64_t n = 0; n < exchanges; ++n) {
        exchange(*log, next_++);
        if (n % 8 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    }
    stop(std::move(writer));
  }

  void exchange(RingLog& log, uint64_t n) {
    const auto put = [&](Kind kind, const Sections& sections) {
      for (;;) {
        const Append appended = log.append(kind, test_id(n), 0, wall_now(), sections);
        ASSERT_NE(appended, Append::failed);
        if (appended == Append::ok) return;
        std::this_thread::yield();
      }
    };
    Sections sections;
    sections.bytes(Tag::subject, "job-7");
    sections.bytes(Tag::path, "/documents");
    sections.bytes(Tag::client_head, "POST /documents HTTP/1.1\r\nHost: chunker\r\n\r\n");
    put(Kind::request, sections);
    const std::string body = test_body(n, 500 + n * 97 % 3000);
    for (const uint64_t direction : {1, 2}) {
      sections.clear();
      sections.number(Tag::direction, direction);
      sections.number(Tag::offset, 0);
      sections.bytes(Tag::body, body);
      put(Kind::piece, sections);
    }
    sections.clear();
    sections.number(Tag::status, 200);
    sections.bytes(Tag::client_answer_head, "HTTP/1.1 200 OK\r\n\r\n");
    put(Kind::outcome, sections);
    sections.clear();
    sections.number(Tag::reason, 0);
    sections.bytes(Tag::ended_by, "origin");
    put(Kind::close, sections);
  }

  VerifyOptions verifying(const std::string& at = {}) const {
    VerifyOptions wanted;
    wanted.dir = at.empty() ? dir.path() : at;
    wanted.ring_dir = at.empty() ? rings.path() : at + "/rings";
    wanted.heads_keys = {key_part(heads->public_key())};
    return wanted;
  }

 private:
  uint64_t next_ = 0;
};

/// Findings is what verify said of a folder.
struct Findings {
  Verified totals;
  std::vector<Damage> damages;
  bool has(Change change) const {
    for (const Damage& each : damages)
      if (each.change == change) return true;
    return false;
  }
  std::string text() const {
    std::string all;
    for (const Damage& each : damages) all += std::string(change_name(each.change)) + ": " + say({each});
    return all;
  }
};

inline Findings findings(VerifyOptions options) {
  Findings found;
  options.problem = [&found](const Damage& damage) { found.damages.push_back(damage); };
  auto verified = verify(options);
  EXPECT_TRUE(verified.ok()) << verified.error();
  if (verified) found.totals = std::move(*verified);
  return found;
}

}  // namespace gatehouse::record
