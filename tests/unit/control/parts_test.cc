// The small parts of the control thread's shell: files, jobs, logs, keys by issuer, fixed keys.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <future>

#include "control/file_watch.h"
#include "control/generation.h"
#include "control/job_thread.h"
#include "control/log.h"
#include "control/process.h"
#include "control/publisher.h"

namespace gatehouse::control {
namespace {

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gparts-XXXXXX";
    folder = mkdtemp(name);
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  std::string folder;
};

TEST_F(Folder, FileWatchSeesContent) {
  using Changed = std::vector<std::string>;
  const std::string a = write("a", "one"), b = write("b", "two"), later = folder + "/later";
  FileWatch watch;
  watch.watch({a, b, later});
  EXPECT_EQ(watch.changed(), Changed{});
  write("a", "changed");
  EXPECT_EQ(watch.changed(), Changed{a});
  EXPECT_EQ(watch.changed(), Changed{}) << "once";
  write("later", "here");
  EXPECT_EQ(watch.changed(), Changed{later});
  // A new file moved over the old one, as editors and Kubernetes do.
  write("b.new", "other");
  std::filesystem::rename(folder + "/b.new", b);
  EXPECT_EQ(watch.changed(), Changed{b});
  // The same content again is no change.
  write("b.new", "other");
  std::filesystem::rename(folder + "/b.new", b);
  EXPECT_EQ(watch.changed(), Changed{});
  std::filesystem::remove(a);
  EXPECT_EQ(watch.changed(), Changed{a});
}

TEST_F(Folder, PrivateFolderIsOursAlone) {
  const auto made = private_folder(folder + "/run");
  ASSERT_TRUE(made.ok());
  struct stat info {};
  ASSERT_EQ(stat(made->c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
  EXPECT_TRUE(private_folder(folder + "/run").ok());
  for (const mode_t open : {0770, 0755, 0701, 0704}) {
    ASSERT_EQ(chmod(made->c_str(), open), 0);
    EXPECT_FALSE(private_folder(folder + "/run").ok()) << open;
  }
  ASSERT_EQ(chmod(made->c_str(), 0750), 0);
  EXPECT_TRUE(private_folder(folder + "/run").ok());
  ASSERT_EQ(symlink(folder.c_str(), (folder + "/link").c_str()), 0);
  EXPECT_FALSE(private_folder(folder + "/link").ok());
  write("file", "");
  EXPECT_FALSE(private_folder(folder + "/file").ok());
  EXPECT_FALSE(private_folder(folder + "/no/such").ok());
}

TEST(JobThread, RunsWorkThereAndDoneHere) {
  const int notify = eventfd(0, EFD_CLOEXEC);
  {
    JobThread jobs(notify);
    std::thread::id worked, finished;
    jobs.post([&] { worked = std::this_thread::get_id(); }, [&] { finished = std::this_thread::get_id(); });
    pollfd wait{notify, POLLIN, 0};
    ASSERT_EQ(poll(&wait, 1, 60'000), 1);
    EXPECT_EQ(finished, std::thread::id()) << "not before collect()";
    while (finished == std::thread::id()) jobs.collect();
    EXPECT_EQ(finished, std::this_thread::get_id());
    EXPECT_NE(worked, finished);
    jobs.stop();
    jobs.stop();
  }
  close(notify);
}

// Who is to be shut out waits for the job that runs, and for no token that is to be written.
TEST(JobThread, WhatIsUrgentGoesFirstAndTheRestInItsOrder) {
  const int notify = eventfd(0, EFD_CLOEXEC);
  {
    JobThread jobs(notify);
    std::promise<void> running, released;
    std::string order;   // the thread's, until it is stopped
    jobs.post([&] { running.set_value(), released.get_future().wait(); }, [] {});
    running.get_future().wait();
    const auto post = [&](char name, Urgency urgency) { jobs.post([&order, name] { order += name; }, [] {}, urgency); };
    for (int i = 0; i < 1000; ++i) post('.', Urgency::usual);
    post('a', Urgency::first);
    post('1', Urgency::soon);
    post('b', Urgency::first);
    post('2', Urgency::soon);
    std::promise<void> over;
    jobs.post([&] { over.set_value(); }, [] {});
    released.set_value();
    over.get_future().wait();
    jobs.stop();
    EXPECT_EQ(order, "ab12" + std::string(1000, '.'));
  }
  close(notify);
}

TEST(LogThread, WritesAllQueuesBeforeItEnds) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  LogThread thread(ends[1]);
  Log one(thread.add(), telemetry::Level::warning), two(thread.add(), telemetry::Level::debug);
  thread.start();
  for (uint64_t i = 0; i < 100; ++i) {
    one.line(0, telemetry::Level::info, "hidden", [](telemetry::LogLine&) {});
    one.line(0, telemetry::Level::error, "one", [i](telemetry::LogLine& line) { line.number("i", i); });
    two.line(0, telemetry::Level::debug, "two", [i](telemetry::LogLine& line) { line.number("i", i); });
  }
  thread.stop();
  close(ends[1]);
  std::string text;
  char room[4096];
  for (ssize_t n = 0; (n = read(ends[0], room, sizeof room)) > 0;) text.append(room, static_cast<size_t>(n));
  close(ends[0]);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 200);
  EXPECT_EQ(text.find("hidden"), std::string::npos);
  EXPECT_LT(text.find("\"event\":\"two\",\"i\":8}"), text.find("\"event\":\"two\",\"i\":9}"));
  EXPECT_EQ(one.lost() + two.lost(), 0u);
}

TEST(Log, CountsWhatIsLost) {
  const auto queue = std::make_unique<LogQueue>(2);   // on the heap: ASan's frames align to 32 in g++ 12
  Log log(*queue, telemetry::Level::debug);
  for (int i = 0; i < 5; ++i) log.line(0, telemetry::Level::info, "x", [](telemetry::LogLine&) {});
  EXPECT_EQ(log.lost(), 3u);
}

config::IssuerSettings issuer(const char* name, const char* url) {
  config::IssuerSettings settings;
  settings.name.value = name;
  settings.jwks_url.value = url;
  return settings;
}

TEST(KeysByIndex, NeverGoToAnotherIssuer) {
  const auto keys = identity::KeySet::parse("{\"keys\":[]}");
  ASSERT_TRUE(keys.ok());
  const std::vector<FetchedKeys> fetched = {{issuer("a", "https://a").source(), *keys}, {{"file", "", false, ""}, nullptr}};
  config::Config config;
  config.issuers = {issuer("b", "https://b"), issuer("a", "https://a"), issuer("a", "https://elsewhere"),
                    issuer("b", "https://a"), issuer("file", "")};
  const auto by_index = keys_by_index(config, fetched);
  ASSERT_EQ(by_index.size(), 5u);
  EXPECT_EQ(by_index[1], *keys);
  for (const size_t i : {0u, 2u, 3u, 4u}) EXPECT_EQ(by_index[i], nullptr) << i;
}

// An issuer whose own document says where its keys are, and the other host that they may be on.
config::IssuerSettings discovering(const char* url, const char* keys_host) {
  config::IssuerSettings settings;
  settings.name.value = "a";
  settings.url.value = url;
  settings.keys_host = keys_host;
  return settings;
}

TEST(KeysByIndex, NeverOutliveTheSourceThatTheyCameFrom) {
  const auto keys = identity::KeySet::parse("{\"keys\":[]}");
  ASSERT_TRUE(keys.ok());
  config::IssuerSettings fixed = issuer("a", "https://a");
  fixed.url.value = "https://a";
  config::Config config;
  config.issuers = {discovering("https://a", "keys.example"), discovering("https://a", ""),
                    discovering("https://a", "other.example"), discovering("https://b", "keys.example"), fixed};
  for (size_t from = 0; from < config.issuers.size(); ++from) {
    const auto by_index = keys_by_index(config, {{config.issuers[from].source(), *keys}});
    for (size_t to = 0; to < by_index.size(); ++to) EXPECT_EQ(by_index[to] != nullptr, from == to) << from << ' ' << to;
  }
}

TEST(Changes, OfWhatWorkersAreStartedWithAndOfWhatNeedsARestart) {
  const auto changes = [](const config::Config& old, const config::Config& fresh, uint32_t started = 8192) {
    return generation_changes(old, fresh, 4, started);
  };
  using Keys = std::vector<std::string>;
  config::Config old;
  old.gateway.workers = 2;
  old.listeners.resize(1);
  old.listeners[0].address = *parse_address("127.0.0.1:2");
  config::Config fresh = old;
  fresh.limits.held = 5;
  fresh.deadlines.hold = 7;
  fresh.gateway.health_address = *parse_address("127.0.0.1:1");
  fresh.gateway.run_dir = "elsewhere";
  fresh.limits.connections = 7;
  fresh.gateway.gather = 1;
  fresh.records.commit_interval = 1;
  fresh.records.on_full = record::OnFull::overwrite;
  fresh.listeners[0].address = *parse_address("127.0.0.1:3");
  EXPECT_EQ(changes(old, fresh), Keys{});
  EXPECT_TRUE(fixed_changes(old, fresh).empty());
  fresh.gateway.workers = 9;
  fresh.gateway.ring_off.registered_ring = true;
  fresh.records.dir = fresh.records.ring_dir = "elsewhere";
  fresh.records.ring_size = fresh.records.segment_size = 5;
  EXPECT_EQ(changes(old, fresh), (Keys{"gateway.workers", "gateway.ring_off", "records.dir", "records.ring_dir", "records.ring_size",
                                       "records.segment_size"}));
  EXPECT_TRUE(fixed_changes(old, fresh).empty());
  fresh = old;
  fresh.gateway.workers = 0;   // one for each of the four cores
  EXPECT_EQ(changes(old, fresh), Keys{"gateway.workers"});
  old.gateway.workers = 4;
  EXPECT_EQ(changes(old, fresh), Keys{});
  fresh = old;
  fresh.limits.connections = 20'000;   // beyond what the rings were opened for
  EXPECT_EQ(changes(old, fresh, 100), Keys{"limits.connections"});
  EXPECT_EQ(changes(old, fresh, 20'000), Keys{});
  fresh = old;
  fresh.listeners.resize(2);
  EXPECT_EQ(fixed_changes(old, fresh), Keys{"listener"});
  fresh = old;
  fresh.gateway.state_dir.value = "elsewhere";
  EXPECT_EQ(fixed_changes(old, fresh), Keys{});
}

TEST(FreeNumbers, AreTheLowest) {
  using Numbers = std::vector<uint32_t>;
  EXPECT_EQ(free_numbers({}, 3), (Numbers{0, 1, 2}));
  EXPECT_EQ(free_numbers({0, 1}, 2), (Numbers{2, 3}));
  EXPECT_EQ(free_numbers({1, 3}, 3), (Numbers{0, 2, 4}));
}

TEST(ListenerSockets, AreSharedByHoweverManyWorkersThereAre) {
  const Address any = *parse_address("127.0.0.1:0");
  const auto two = ListenerSockets::open(any, 2);
  ASSERT_TRUE(two.ok());
  EXPECT_TRUE((*two)->enough_for(2) && !(*two)->enough_for(3));
  const auto five = ListenerSockets::open(any, 5, *two);
  ASSERT_TRUE(five.ok());
  EXPECT_EQ((*five)->of(0, 5), (*two)->of(0, 2));
  std::vector<int> all;
  for (uint32_t nth = 0; nth < 2; ++nth)   // two workers, five sockets: none is left out
    for (const int descriptor : (*five)->of(nth, 2)) all.push_back(descriptor);
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all.size(), 5u);
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
  EXPECT_TRUE((*five)->of(6, 7).empty());
  const auto listens = [](int descriptor) {
    int is = 0;
    socklen_t size = sizeof is;
    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is, &size) == 0 && is != 0;
  };
  EXPECT_FALSE(listens((*five)->of(2, 5)[0])) << "nobody may come to it before somebody accepts";
  EXPECT_TRUE((*five)->listen().ok() && listens((*five)->of(2, 5)[0]));
  (*five)->hang_up(*two);
  EXPECT_TRUE(listens((*five)->of(1, 5)[0]) && !listens((*five)->of(2, 5)[0]));
}

}  // namespace
}  // namespace gatehouse::control
