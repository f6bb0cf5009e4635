#include "control/certificate_watch.h"

#include <gtest/gtest.h>

namespace gatehouse::control {
namespace {

constexpr WallNs kDay = CertificateWatch::kDay;

TEST(CertificateWatch, WarnsFromTwoWeeksBeforeTheEndOnceADay) {
  config::Snapshot snapshot;
  snapshot.certificates.resize(2);
  snapshot.certificates[0].info.not_after = 100 * kDay;
  snapshot.certificates[0].digest[0] = 1;
  snapshot.certificates[1].info.not_after = 400 * kDay;
  snapshot.certificates[1].digest[0] = 2;
  CertificateWatch watch;
  EXPECT_EQ(watch.due(snapshot, 85 * kDay).size(), 0u);
  ASSERT_EQ(watch.due(snapshot, 86 * kDay).size(), 1u);
  EXPECT_EQ(watch.due(snapshot, 86 * kDay + 1).size(), 0u);
  EXPECT_EQ(watch.due(snapshot, 87 * kDay - 1).size(), 0u);
  EXPECT_EQ(watch.due(snapshot, 87 * kDay).size(), 1u);
  EXPECT_EQ(watch.due(snapshot, 101 * kDay).size(), 1u) << "also when it is over";
  snapshot.certificates[0].digest[0] = 3;   // renewed, and again a short one
  EXPECT_EQ(watch.due(snapshot, 101 * kDay + 1).size(), 1u);
  snapshot.certificates[0].info.not_after = 400 * kDay;
  EXPECT_EQ(watch.due(snapshot, 102 * kDay + 2).size(), 0u);
}

}  // namespace
}  // namespace gatehouse::control
