// Another configuration while requests run: what was made under the old one is not used under the new one.
#include <atomic>

#include "house.h"

namespace gatehouse::worker {
namespace {

class Reload : public House {
 protected:
  void on_turn(const Worker& worker) override {
    pools = worker.pools();
    if (pause) paused = true;
    while (pause) poll(nullptr, 0, 1);
  }

  // One request over the plain route; returns the origin connection that served it.
  Plain call(Plain& client) {
    client.send(request("GET", "/plain/a"));
    Plain origin = Plain::accept(origin_listener);
    origin.message();
    origin.send(answer("ok", "text/plain"));
    EXPECT_TRUE(has(client.message(), "200 OK"));
    return origin;
  }

  config::Snapshot next, third;
  std::atomic<size_t> pools{0};
  std::atomic<bool> pause{false}, paused{false};   // the worker makes no turn while the first is set
};

TEST_F(Reload, ConnectionsMadeWithAnotherCredentialEndWithTheirSnapshot) {
  Plain client = Plain::connect(address);
  Plain first = call(client);
  make_snapshot(next, 2);
  next.origins[0].credential_version = "fedcba9876543210";   // another credential
  publish(next);
  EXPECT_EQ(told(proxy::ToControl::Kind::released).snapshot, &snapshot);
  EXPECT_EQ(first.until_end(), "");
  EXPECT_TRUE(first.ended());                                // nobody will use it: it is not kept
  Plain second = call(client);                               // accepts: a fresh connection
  EXPECT_EQ(metrics.origin_connects.get(), 2u);
  EXPECT_TRUE(eventually([&] { return pools == 1; }));
}

TEST_F(Reload, ConnectionsOutliveASnapshotThatChangesNothingAboutThem) {
  Plain client = Plain::connect(address);
  Plain origin = call(client);
  make_snapshot(next, 2);
  publish(next);
  EXPECT_EQ(told(proxy::ToControl::Kind::released).snapshot, &snapshot);
  client.send(request("GET", "/plain/b"));
  EXPECT_TRUE(has(origin.message(), "/plain/b"));
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  EXPECT_EQ(metrics.origin_connects.get(), 1u);
  EXPECT_EQ(pools, 1u);
}

// One request that takes its time keeps its own snapshot, and none of those that came after it.
TEST_F(Reload, ASlowRequestKeepsNoSnapshotButItsOwn) {
  Plain client = Plain::connect(address);
  client.send(request("GET", "/plain/slow"));
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  make_snapshot(next, 2);
  publish(next);
  make_snapshot(third, 3);
  publish(third);
  EXPECT_EQ(told(proxy::ToControl::Kind::released).snapshot, &next);
  origin.send(answer("ok", "text/plain"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  EXPECT_EQ(told(proxy::ToControl::Kind::released).snapshot, &snapshot);
}

class Crowded : public Reload {
 protected:
  void adjust(config::Snapshot& out) override { out.limits.connections = out.version == 1 ? 1 : 20; }
};

// The worker hears of both in one turn: of the configuration that gives more room, and of who came after it.
TEST_F(Crowded, WhoComesAfterAConfigurationFindsItsRoom) {
  Plain first = Plain::connect(address);
  first.send(request("GET", "/nowhere"));
  EXPECT_TRUE(has(first.message(), "policy_no_rule"));
  pause = true;
  ASSERT_TRUE(eventually([this] { return paused.load(); }));
  make_snapshot(next, 2);
  publish(next);
  Plain second = Plain::connect(address);
  second.send(request("GET", "/nowhere"));
  pause = false;
  EXPECT_TRUE(has(second.message(), "policy_no_rule"));
}

}  // namespace
}  // namespace gatehouse::worker
