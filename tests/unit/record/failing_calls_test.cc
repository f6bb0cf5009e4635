// The n-th system call on files that fails, of whatever kind (open, rename, unlink, reserve, write, sync of files and folders, map,
// list, read), and a process that ends at the n-th, for every n until a clean run: nothing that was appended is lost, and in the end
// all of it is under a signed head and its digest. A few of them in the normal run, all with GATEHOUSE_LONG=1.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <numeric>

#include "record/verify.h"
#include "record/writer.h"
#include "tests/support/failing_calls.h"
#include "world.h"

namespace gatehouse::record {
namespace {

constexpr uint64_t kRecords = 40;      // over three segments
constexpr int64_t kCallsMax = 5000;

bool is_long() { return std::getenv("GATEHOUSE_LONG") != nullptr; }

struct World {
  TempFolder dir{"/dev/shm"};          // nobody takes the power away here: calls fail, memory is as good as a disk
  TempFolder rings{"/dev/shm"};
  WriterOptions options;

  World() {
    options.dir = dir.path();
    options.ring_dir = rings.path();
    options.ring_bytes = 256 * 1024;
    options.segment_bytes = 64 * 1024;
    options.commit_interval = kNsPerMs;
    options.decisions = true;
    options.heads_key = key();
    options.strict = true;
    failing_calls.at = 0;
    failing_calls.ends = false;
  }

  static std::shared_ptr<const crypto::PrivateKey> key() {
    static const auto one = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::make_ed25519());
    return one;
  }

  /// proved says what is wrong with what was recorded, up to record `n`: a line each.
  std::string proved(uint64_t n) const {
    std::string wrong;
    VerifyOptions wanted;
    wanted.dir = dir.path();
    wanted.ring_dir = rings.path();
    wanted.heads_keys = {key_part(key()->public_key())};
    wanted.problem = [&wrong](const Damage& d) { wrong += say({d}); };
    const auto verified = verify(wanted);
    if (!verified) return verified.error();
    if (verified->unsigned_records != 0) wrong += std::to_string(verified->unsigned_records) + " records under no head\n";
    if (verified->undigested_bytes != 0) wrong += std::to_string(verified->undigested_bytes) + " bytes under no digest\n";
    std::vector<uint64_t> all(n);
    std::iota(all.begin(), all.end(), 0);
    if (read_everything(dir.path(), rings.path()).numbers != all) wrong += "not all records are there, once each\n";
    return wrong;
  }
};

/// append puts records [from, to) in; false when the log takes no more.
bool append(Writer& writer, uint64_t from, uint64_t to) {
  const auto log = RingLog::open(writer.ring(0));
  uint64_t n = from;
  return patient([&] {
    while (n < to && append_test_record(*log, n, 3000, Kind::snapshot) == Append::ok) ++n;
    return n == to;
  });
}

/// run is a life of a writer; false when it could not begin, or (as it is said) could not end.
bool run(const World& world, uint64_t from, uint64_t to) {
  auto writer = Writer::start(world.options);
  if (!writer) {
    EXPECT_FALSE(writer.error().empty());
    return false;
  }
  EXPECT_TRUE(append(**writer, from, to));
  if ((*writer)->stop()) return true;
  EXPECT_FALSE((*writer)->stats().last_error.empty());
  return false;
}

/// killed leaves what a process leaves that is killed: all is durable, and rings are there.
void killed(const World& world, uint64_t to) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto writer = Writer::start(world.options);
    const bool well = writer.ok() && append(**writer, 0, to) && patient([&] { return (*writer)->stats().lag_bytes == 0; });
    ::_exit(well ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/// each_n goes on until nothing came to the n-th call. `one` says whether something did.
template <typename One>
void each_n(One&& one) {
  int64_t n = 1;
  for (; one(n) && !::testing::Test::HasFailure(); n += is_long() ? 1 : 1 + n / 6) ASSERT_LT(n, kCallsMax);
  EXPECT_GT(n, 50) << "too few calls were made";
}

TEST(FailingCalls, OfAWholeLife) {
  each_n([](int64_t n) {
    World world;
    failing_calls.failed = nullptr;
    failing_calls.at = n;
    const bool well = run(world, 0, kRecords);
    const bool came = failing_calls.failed != nullptr;
    failing_calls.at = 0;
    const uint64_t taken = well || !read_everything(world.dir.path(), world.rings.path()).numbers.empty() ? kRecords : 0;
    EXPECT_TRUE(run(world, taken, taken)) << n;
    EXPECT_EQ(world.proved(taken), "") << n << ": " << failing_calls.failed.load();
    return came;
  });
}

/// recovered has a start fail, or end, at the n-th call after a kill; `powerless`: the rings are gone, too.
void recovered(bool ends, bool powerless) {
  each_n([=](int64_t n) {
    World world;
    killed(world, kRecords);
    if (powerless)
      for (const std::string& name : list_folder(world.rings.folder(), kRingSuffix)) ::unlinkat(world.rings.folder().get(), name.c_str(), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      failing_calls.ends = ends;
      failing_calls.at = n;
      auto writer = Writer::start(world.options);
      ::_exit(failing_calls.at > 0 ? 0 : FailingCalls::kEnded);   // killed again, all the same
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << n;
    EXPECT_TRUE(run(world, kRecords, kRecords + 5)) << n;
    EXPECT_EQ(world.proved(kRecords + 5), "") << n;
    return WEXITSTATUS(status) == FailingCalls::kEnded;
  });
}

TEST(FailingCalls, OfAStartAfterAKill) { recovered(false, false); }
TEST(FailingCalls, OfAStartAfterALossOfPower) { recovered(false, true); }
TEST(FailingCalls, AStartAfterAKillThatIsKilled) { recovered(true, false); }
TEST(FailingCalls, AStartAfterALossOfPowerThatIsKilled) { recovered(true, true); }

}  // namespace
}  // namespace gatehouse::record
