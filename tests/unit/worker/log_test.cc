// The record log as it gets full: nothing is left out, nothing else is blamed.
#include <atomic>
#include <chrono>

#include "house.h"
#include "record/log.h"
#include "record/ring_memory.h"

namespace gatehouse::worker {
namespace {

using record::Tag;

bool later(std::chrono::steady_clock::time_point than) { return std::chrono::steady_clock::now() > than; }
auto in_ms(int ms) { return std::chrono::steady_clock::now() + std::chrono::milliseconds(ms); }

/// FullLog can be filled to the last byte; written() makes room again.
class FullLog : public House {
 protected:
  FullLog() { log_bytes = 1 << 20; }
  void adjust(config::Snapshot& out) override {
    out.deadlines.hold = hold;
    out.deadlines.connect = connect_deadline;
    out.deadlines.progress = progress_deadline;
  }
  void on_turn(const Worker&) override {
    if (!fill_ && !(fills_when_held && metrics.holds.get() == 1)) return;
    fills_when_held = false;
    record::Sections sections;
    for (const size_t bytes : {size_t{8'000}, size_t{0}}) {
      const std::string filler(bytes, 'x');
      sections.clear();
      sections.bytes(Tag::body, filler);
      while (log->append(record::Kind::piece, {}, 0, 1, sections) == record::Append::ok) {}
    }
    fill_ = false;
  }
  void fill() {
    fill_ = true;
    ASSERT_TRUE(eventually([this] { return !fill_; }));
  }

  MonotonicNs connect_deadline = 10 * kNsPerSecond;
  MonotonicNs hold = 600 * kNsPerSecond;
  bool fills_when_held = false;   // in the turn in which a request is held: nothing happens in between
  MonotonicNs progress_deadline = 10 * kNsPerSecond;
  std::atomic<bool> fill_{false};
};

class BrieflyHeld : public FullLog {
 protected:
  BrieflyHeld() {
    hold = 100 * kNsPerMs;
    fills_when_held = true;
  }
};

TEST_F(BrieflyHeld, AnExpiredHoldIsRecordedAllTheSame) {
  Plain client = Plain::connect(address);
  client.send(request("DELETE", "/collections/7"));
  EXPECT_TRUE(eventually([this] { return metrics.hold_expiries.get() == 1; }));
  EXPECT_FALSE(client.has_more());   // what is not recorded is not said
  written();
  EXPECT_TRUE(has(client.message(), "approval_expired"));
  EXPECT_TRUE(has(records(), section(Tag::approval_step, "expired")));
}

TEST_F(FullLog, ACancelledHoldIsRecordedToo) {
  {
    Plain client = Plain::connect(address);
    client.send(request("DELETE", "/collections/7"));
    told(proxy::ToControl::Kind::ask);
  }
  EXPECT_TRUE(eventually([this] { return metrics.exchanges_ended.get() == 1; }));
  EXPECT_TRUE(has(records(), section(Tag::approval_step, "cancelled")));
  EXPECT_TRUE(has(records(), section(Tag::rule, "risky")));
}

class QuickConnect : public FullLog {
 protected:
  QuickConnect() { connect_deadline = kNsPerSecond; }
};

TEST_F(QuickConnect, WaitingForItIsNotTheOriginsFault) {
  Plain client = Plain::connect(address);
  fill();
  client.send(request("GET", "/plain/a"));
  Plain origin = Plain::accept(origin_listener);
  ASSERT_TRUE(eventually([this] { return metrics.record_waits.get() == 1; }));
  const auto over = in_ms(1'200);   // after deadlines.connect
  ASSERT_TRUE(eventually([&] { return later(over); }));
  EXPECT_FALSE(origin.has_more());
  written();
  EXPECT_TRUE(has(origin.message(), "GET /plain/a"));
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
}

// Not a byte of it went out, so that it may go out on another connection, whatever its method.
TEST_F(FullLog, AKeptConnectionThatEndsMeanwhileIsNoLoss) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/warm"));
  Plain kept = Plain::accept(origin_listener);
  kept.message();
  kept.send(answer("warm", "text/plain"));
  EXPECT_TRUE(has(client.message(), "warm"));
  fill();
  client.send(request("POST", "/chunk", "{\"text\":\"once\"}"));
  ASSERT_TRUE(eventually([this] { return metrics.record_waits.get() == 1; }));
  EXPECT_EQ(metrics.origin_reused.get(), 1u);
  kept.shutdown_write();
  EXPECT_FALSE(kept.has_more());
  const uint64_t turns = metrics.turns.get();
  ASSERT_TRUE(eventually([&] { return metrics.turns.get() >= turns + 2; }));   // the worker has seen the end
  written();
  Plain fresh = Plain::accept(origin_listener);
  const std::string seen = fresh.message();
  EXPECT_TRUE(seen.starts_with("POST /chunk HTTP/1.1\r\n")) << seen;
  EXPECT_TRUE(seen.ends_with("{\"text\":\"once\"}")) << seen;
  EXPECT_EQ(kept.until_end(), "");   // not a byte
  fresh.send(answer("{}"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  EXPECT_EQ(metrics.origin_resent.get(), 1u);
}

class ImpatientLog : public FullLog {
 protected:
  ImpatientLog() { progress_deadline = 100 * kNsPerMs; }
};

TEST_F(ImpatientLog, TheReasonIsThatItIsFull) {
  Plain client = Plain::connect(address);
  fill();
  client.send(request("GET", "/plain/a"));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_EQ(origin.until_end(), "");   // given up
  written();
  EXPECT_TRUE(has(client.message(), "\"reason\":\"record_full\""));
}

TEST_F(FullLog, WhoEndsBeforeAnythingIsDecidedLeavesARequestRecord) {
  Plain client = Plain::connect(address);
  client.send("GET /plain/a HTTP/1.1\r\nHo");
  ASSERT_TRUE(eventually([this] { return metrics.exchanges_begun.get() == 1; }));
  client.abandon();
  ASSERT_TRUE(eventually([this] { return metrics.exchanges_ended.get() == 1; }));
  EXPECT_TRUE(has(records(), section(Tag::client_address, "127.0.0.1:")) || has(records(), "127.0.0.1:"));
  EXPECT_TRUE(has(records(), section(Tag::listener, "main")));
  EXPECT_TRUE(has(records(), section(Tag::ended_by, "client")));
}

// Many changes of a body that is masked as it comes: what each of them took out is in the records.
TEST_F(FullLog, EveryOneOfManyChangesIsRecorded) {
  std::string body = "[";
  for (int i = 0; i < 1'800; ++i) body += "\"a@b.cd\", " + std::string(32, ' ');
  body += "1]";
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{}"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send(answer(body));
  const std::string got = client.read_until([](const std::string& text) { return text.ends_with("\r\n0\r\n\r\n"); });
  EXPECT_TRUE(got.starts_with("HTTP/1.1 200 OK\r\n")) << got.substr(0, 300);
  EXPECT_FALSE(has(got, "a@b.cd"));
  const std::string all(records());
  size_t values = 0;
  for (size_t at = all.find("a@b.cd"); at != std::string::npos; at = all.find("a@b.cd", at + 1)) ++values;
  EXPECT_EQ(values, 1'800u);
}

/// BarelyRoom has a writer that makes room by and by, and only once the worker waits for it: each record goes into
/// the least room that it was let in for. Segments end every few pieces, and the gap before a segment's end takes
/// as much room as the record behind it.
class BarelyRoom : public House {
 protected:
  BarelyRoom() {
    log_bytes = 512 * 1024 + 4096;
    segment_bytes = 256 * 1024;
  }
  void on_turn(const Worker&) override {
    const uint64_t head = ring_header().head;
    if (head == head_) written(12 * 1024);
    head_ = head;
  }
  uint64_t head_ = 0;
};

TEST_F(BarelyRoom, NoBytesAreLostWhereASegmentEnds) {
  std::string body(2'000'000, 'b');
  for (size_t i = 0; i < body.size(); i += 61) body[i] = static_cast<char>('a' + i % 23);
  Plain client = Plain::connect(address);
  std::thread sender([&] { client.send(request("POST", "/plain/x", body)); });
  Plain origin = Plain::accept(origin_listener);
  const std::string seen = origin.message();
  sender.join();
  EXPECT_TRUE(seen.ends_with(body)) << seen.size();
  std::thread answering([&] { origin.send(answer(body, "text/plain")); });
  const std::string got = client.message();
  answering.join();
  EXPECT_TRUE(got.ends_with(body)) << got.size();
}

/// Gaps goes on without room (records.on_full = "overwrite").
class Gaps : public FullLog {
 protected:
  void adjust(config::Snapshot& out) override {
    FullLog::adjust(out);
    out.record_gaps = true;
  }
  void on_turn(const Worker& worker) override {
    FullLog::on_turn(worker);
    if (stops && metrics.sessions_now.get() == 0 && ++turns_without_sessions == 10) written();
  }
  std::atomic<bool> stops{false};
  int turns_without_sessions = 0;
  uint64_t head() { return std::atomic_ref(ring_header().head).load(std::memory_order_acquire); }
  void set_state(uint32_t state) { std::atomic_ref(ring_header().state).store(state); }
  /// count is how many records of a kind stand from `offset` on.
  size_t count(record::Kind kind, uint64_t offset) {
    const record::RingMemory view{ring_bytes};
    size_t records = 0;
    for (record::RecordHeader header; offset < head(); offset += header.total_bytes) {
      view.copy_out(offset, {reinterpret_cast<char*>(&header), sizeof header});
      records += header.kind == static_cast<uint16_t>(kind);
    }
    return records;
  }
};

/// What else stands of an exchange has it count as open, too: its end is owed.
TEST_F(Gaps, TheEndOfAnExchangeWhoseRequestWasLostIsOwed) {
  fill();
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/x"));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "GET /plain/x"));
  ASSERT_NE(metrics.record_gaps.get(), 0U) << "the request found no room";
  const uint64_t before = head();
  written();
  origin.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nabcde");
  client.read_until([](const std::string& text) { return has(text, "abcde"); });
  set_state(record::kRingFailed);
  origin.send("fghij");
  client.until_end();
  ASSERT_TRUE(eventually([this] { return metrics.exchanges_ended.get() == 1; }));
  EXPECT_EQ(count(record::Kind::request, before), 0U);
  EXPECT_NE(count(record::Kind::piece, before) + count(record::Kind::outcome, before), 0U);
  EXPECT_EQ(count(record::Kind::close, before), 0U) << "the log takes nothing";
  set_state(record::kRingOpen);
  EXPECT_TRUE(eventually([this, before] { return count(record::Kind::close, before) == 1; }));
}

/// A worker that ends with a gap owed waits for room, as long as its end may take: here for some turns more.
TEST_F(Gaps, WhatIsOwedAtTheEndIsWritten) {
  fill();
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/x"));
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(has(origin.message(), "GET /plain/x"));
  origin.send(answer("abc", "text/plain"));
  EXPECT_TRUE(has(client.message(), "abc"));
  EXPECT_GT(metrics.record_gaps.get(), 2U);
  const uint64_t before = head();
  proxy::ToWorker stop;
  stop.kind = proxy::ToWorker::Kind::stop;
  stops = true;
  ASSERT_TRUE(inbox.push(std::move(stop)));
  thread.join();
  EXPECT_EQ(count(record::Kind::gap, before), 1U);
}

}  // namespace
}  // namespace gatehouse::worker
