// Bodies that come, but too slowly to ever end: limits.body_rate, on sockets.
#include <poll.h>

#include "house.h"

namespace gatehouse::worker {
namespace {

constexpr int kDripMs = 10;

/// Rated wants 4,000 bytes a second, looked at in every window.
class Rated : public House {
 protected:
  void adjust(config::Snapshot& out) override {
    out.limits.body_rate = 4'000;
    out.deadlines.progress = window;
  }
  MonotonicNs window = 300 * kNsPerMs;
  /// drip sends one byte after the other until something comes back; true when that was in time.
  static bool drip(Plain& client, ByteView byte = "x") {
    for (int i = 0; i < kPatienceMs / kDripMs; ++i) {
      client.send(byte);
      poll(nullptr, 0, kDripMs);
      if (client.has_more()) return true;
    }
    return false;
  }
  uint64_t ended(Reason reason) const { return metrics.ended_by_reason[telemetry::reason_index(reason)].get(); }
  std::string long_request(const char* path) {
    return request("POST", path, "", "Content-Type: application/json\r\nContent-Length: 100000\r\n");
  }
};

/// PatientlyRated looks so seldom that a test which is held up itself is neither slow nor silent.
class PatientlyRated : public Rated {
 protected:
  PatientlyRated() { window = 2 * kNsPerSecond; }
};

TEST_F(PatientlyRated, ACollectedBodyThatDripsIsRefused) {
  Plain client = Plain::connect(address);
  client.send(long_request("/chunk"));
  EXPECT_TRUE(drip(client));
  const std::string got = client.until_end();
  EXPECT_TRUE(has(got, "408 Request Timeout")) << got;
  EXPECT_TRUE(has(got, "\"reason\":\"limit_body_rate\"")) << got;
  EXPECT_TRUE(has(got, "\"limit\":\"limits.body_rate\"")) << got;
  EXPECT_TRUE(has(got, "Connection: close\r\n")) << got;
  EXPECT_TRUE(eventually([this] { return ended(Reason::limit_body_rate) == 1; }));
  EXPECT_EQ(metrics.origin_connects.get(), 0u);
}

TEST_F(PatientlyRated, AStreamedBodyThatDripsIsRefusedAndItsOriginLetGo) {
  for (const bool chunked : {false, true}) {
    Plain client = Plain::connect(address);
    client.send(chunked ? request("POST", "/plain/a", "", "Transfer-Encoding: chunked\r\n") : long_request("/plain/a"));
    Plain origin = Plain::accept(origin_listener);
    EXPECT_TRUE(drip(client, chunked ? "1\r\nx\r\n" : "x"));
    EXPECT_TRUE(has(client.until_end(), "limit_body_rate"));
    origin.until_end();
    EXPECT_TRUE(origin.ended());
  }
  EXPECT_TRUE(eventually([this] { return ended(Reason::limit_body_rate) == 2; }));
}

TEST_F(PatientlyRated, ABodyThatIsSlowButFastEnoughIsTaken) {
  const std::string body = "{\"text\":\"" + std::string(100'000, 'x') + "\"}";
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "", "Content-Type: application/json\r\nContent-Length: " +
                                                std::to_string(body.size()) + "\r\n"));
  for (ByteView rest = body; !rest.empty(); rest.remove_prefix(std::min<size_t>(rest.size(), 400))) {
    client.send(rest.substr(0, 400));
    poll(nullptr, 0, kDripMs);
  }
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(origin.message().ends_with(body));
  origin.send(answer("{}"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
}

// Whose body waits for the origin, not the origin for the body.
TEST_F(Rated, AnOriginThatTakesItsTimeIsNotHeldAgainstTheClient) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/plain/a", "{}"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  poll(nullptr, 0, 700);   // two windows
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
}

}  // namespace
}  // namespace gatehouse::worker
