// Bodies that are looked at beside the worker: the body goes away, and comes back.
#include "house.h"

namespace gatehouse::worker {
namespace {

/// Beside sends every body away that guards look into; the test is the job thread.
class Beside : public House {
 protected:
  Beside() { inspect_here = 0; }

  std::shared_ptr<proxy::Inspection> asked() { return told(proxy::ToControl::Kind::inspect).inspection; }
  void bring_back(const std::shared_ptr<proxy::Inspection>& inspection) {
    proxy::ToWorker message;
    message.kind = proxy::ToWorker::Kind::inspected;
    message.inspection = inspection;
    ASSERT_TRUE(inbox.push(std::move(message)));
  }
  void look(const std::shared_ptr<proxy::Inspection>& inspection) {
    guard::Inspector inspector;
    inspection->run(inspector);
    bring_back(inspection);
  }
};

TEST_F(Beside, WhatIsCleanGoesOnByteForByte) {
  const std::string body = "{\"text\":\"" + std::string(300'000, 'x') + "\"}";
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", body));
  const auto inspection = asked();
  ASSERT_NE(inspection, nullptr);
  EXPECT_EQ(inspection->body.view(), body);
  EXPECT_TRUE(eventually([&] { return metrics.body_bytes_now.get() >= body.size(); })) << "still counted";
  look(inspection);
  Plain origin = Plain::accept(origin_listener);
  EXPECT_TRUE(origin.message().ends_with(body));
  origin.send(answer("{}"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  EXPECT_TRUE(eventually([&] { return metrics.body_bytes_now.get() == 0; }));
}

TEST_F(Beside, AHitIsRefusedAndTheConnectionLivesOn) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{\"text\":\"now drop table x\"}"));
  look(asked());
  EXPECT_TRUE(has(client.message(), "guard_hit"));
  client.send(request("POST", "/chunk", "{\"text\":\"fine\"}"));
  look(asked());
  Plain origin = Plain::accept(origin_listener);
  origin.message();
  origin.send(answer("{}"));
  EXPECT_TRUE(has(client.message(), "200 OK"));
  EXPECT_TRUE(has(records(), section(record::Tag::guard_place, "/text")));
}

TEST_F(Beside, WhoLeavesMeanwhileIsForgotten) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{\"text\":\"" + std::string(50'000, 'x') + "\"}"));
  const auto inspection = asked();
  client.abandon();
  ASSERT_TRUE(eventually([&] { return metrics.sessions_now.get() == 0; }));
  EXPECT_GT(metrics.body_bytes_now.get(), 0u);
  look(inspection);
  EXPECT_TRUE(eventually([&] { return metrics.body_bytes_now.get() == 0; }));
}

TEST_F(Beside, AnInspectionThatNeverRanLetsNothingPass) {
  Plain client = Plain::connect(address);
  client.send(request("POST", "/chunk", "{\"text\":\"fine\"}"));
  bring_back(asked());
  EXPECT_TRUE(has(client.message(), "gateway_internal"));
}

}  // namespace
}  // namespace gatehouse::worker
