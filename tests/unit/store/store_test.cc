// The store: whose it is, what it keeps, and what it refuses to read.
#include "store/store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/place.h"

namespace gatehouse::store {
namespace {

namespace fs = std::filesystem;

class Place : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gatehouse-store-XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    base = name;
    folder = base + "/state";
    file = folder + "/" + kFileName;
  }
  void TearDown() override { fs::remove_all(base); }

  std::unique_ptr<Store> open() {
    auto opened = Store::open(folder);
    EXPECT_TRUE(opened.ok()) << (opened ? "" : opened.error());
    return opened ? std::move(*opened) : nullptr;
  }
  std::string refused() {
    const auto opened = Store::open(folder);
    return opened ? "opened" : opened.error();
  }
  mode_t mode(const std::string& path) {
    struct stat info {};
    return ::lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
  }

  std::string base, folder, file;
};

constexpr const char* kTable = "CREATE TABLE IF NOT EXISTS things (name TEXT NOT NULL PRIMARY KEY, number INTEGER, bytes BLOB) STRICT";
constexpr const char* kPut = "INSERT INTO things VALUES (?, ?, ?)";

int64_t count(Store& store) {
  int64_t number = -1;
  EXPECT_TRUE(store.each("SELECT count(*) FROM things", {}, [&](const Row& row) { return number = row.integer(0), true; }));
  return number;
}

TEST_F(Place, KeepsWhatWasWrittenAndIsOursAlone) {
  ::umask(0);   // whatever it is
  auto store = open();
  ::umask(022);
  EXPECT_EQ(mode(folder), 0700U);
  EXPECT_EQ(mode(file), 0600U);
  ASSERT_TRUE(store->run(kTable));
  const std::string bytes("\0\xff\x80", 3);
  EXPECT_EQ(*store->run(kPut, {"one", int64_t{-7}, Blob{bytes}}), 1U);
  EXPECT_EQ(*store->run(kPut, {"", Value(), Blob{}}), 1U);
  EXPECT_FALSE(store->run(kPut, {"one", int64_t{8}, Value()}));   // named already
  store.reset();
  store = open();
  std::string seen;
  ASSERT_TRUE(store->each("SELECT name, number, bytes FROM things WHERE name = ?", {"one"}, [&](const Row& row) {
    seen += std::string(row.text(0)) + std::to_string(row.integer(1)) + std::string(row.blob(2));
    EXPECT_EQ(row.text(2), "");   // another kind
    return true;
  }));
  EXPECT_EQ(seen, "one-7" + bytes);
  EXPECT_EQ(*store->run("DELETE FROM things"), 2U);
}

TEST_F(Place, AllOrNone) {
  auto store = open();
  ASSERT_TRUE(store->run(kTable));
  const auto failed = store->all_or_none([&]() -> Result<Done, std::string> {
    EXPECT_TRUE(store->run(kPut, {"one", int64_t{1}, Value()}));
    return Failure<std::string>{"no"};
  });
  EXPECT_EQ(failed.error(), "no");
  EXPECT_EQ(count(*store), 0);
  EXPECT_TRUE(store->all_or_none([&]() -> Result<Done, std::string> {
    EXPECT_TRUE(store->run(kPut, {"one", int64_t{1}, Value()}));
    EXPECT_TRUE(store->run(kPut, {"two", int64_t{1}, Value()}));
    return Done{};
  }));
  EXPECT_EQ(count(*store), 2);
}

TEST_F(Place, WhatACommitSaidSurvivesAKill) {
  open()->run(kTable).ok();
  for (int round = 0; round < 5; ++round) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      auto store = Store::open(folder);
      if (!store) ::_exit(1);
      for (int64_t i = 0;; ++i) {
        if (!(*store)->run(kPut, {std::to_string(round) + "-" + std::to_string(i), i, Value()})) ::_exit(2);
        if (::write(ready[1], "x", 1) != 1) ::_exit(3);
      }
    }
    char got[64];
    size_t told = 0;
    while (told < 20) {
      const ssize_t one = ::read(ready[0], got, 1);
      ASSERT_EQ(one, 1);
      told += static_cast<size_t>(one);
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(ready[1]);
    ssize_t more;
    while ((more = ::read(ready[0], got, sizeof got)) > 0) told += static_cast<size_t>(more);
    ::close(ready[0]);
    auto store = open();
    int64_t kept = 0;
    ASSERT_TRUE(store->each("SELECT count(*) FROM things WHERE name LIKE ?", {std::to_string(round) + "-%"},
                            [&](const Row& row) { return kept = row.integer(0), true; }));
    EXPECT_GE(kept, static_cast<int64_t>(told));
    EXPECT_LE(kept, static_cast<int64_t>(told) + 1);   // done, and killed before it was told
  }
}

TEST_F(Place, OneProcessAtATime) {
  const auto store = open();
  EXPECT_NE(refused().find("in use: another gateway has this gateway.state_dir"), std::string::npos) << refused();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(Store::open(folder) ? 1 : 0);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Place, ACopyIsReadBesideWhoHasItAndChangesNothing) {
  ASSERT_TRUE(Store::open_copy(folder).ok());
  EXPECT_EQ(*Store::open_copy(folder), nullptr);   // no store, and none is made
  EXPECT_FALSE(fs::exists(folder));
  const auto store = open();
  ASSERT_TRUE(store->run(kTable));
  ASSERT_TRUE(store->run(kPut, {"one", int64_t{1}, Value()}));
  const auto copy = Store::open_copy(folder);
  ASSERT_TRUE(copy.ok()) << copy.error();
  EXPECT_EQ(count(**copy), 1);
  ASSERT_TRUE((*copy)->run(kPut, {"two", int64_t{2}, Value()}));
  EXPECT_EQ(count(**copy), 2);
  EXPECT_EQ(count(*store), 1);
  ASSERT_TRUE(store->run(kPut, {"three", int64_t{3}, Value()}));
  EXPECT_EQ(count(**copy), 2);
  EXPECT_EQ(count(**Store::open_copy(folder)), 2);
}

// What a write that is under way has changed is never seen half.
TEST_F(Place, ACopyIsOfBetweenTwoWrites) {
  const auto store = open();
  ASSERT_TRUE(store->run(kTable));
  ASSERT_TRUE(store->run(kPut, {"one", int64_t{1}, Value()}));
  { std::ofstream(file + "-journal", std::ios::binary | std::ios::app) << "begun"; }
  const auto copy = Store::open_copy(folder);
  ASSERT_FALSE(copy.ok());
  EXPECT_NE(copy.error().find("is being written"), std::string::npos) << copy.error();
  fs::resize_file(file + "-journal", 0);
  EXPECT_EQ(count(**Store::open_copy(folder)), 1);
}

TEST_F(Place, ACopyOfADamagedStoreIsRefused) {
  open()->run(kTable).ok();
  fs::resize_file(file, 4096);
  EXPECT_FALSE(Store::open_copy(folder).ok());
  fs::resize_file(file, 0);
  EXPECT_FALSE(Store::open_copy(folder).ok());
  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);   // nobody waits for it
  EXPECT_FALSE(Store::open_copy(folder).ok());
}

TEST_F(Place, RefusesWhatIsNotOursAlone) {
  open();
  ASSERT_EQ(::chmod(folder.c_str(), 0750), 0);
  EXPECT_NE(refused().find("is open to group or others: chmod 700 it"), std::string::npos) << refused();
  ASSERT_EQ(::chmod(folder.c_str(), 0700), 0);
  ASSERT_EQ(::chmod(file.c_str(), 0640), 0);
  EXPECT_NE(refused().find("is open to group or others: chmod 600 it"), std::string::npos) << refused();
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  open();
  fs::rename(file, base + "/elsewhere");
  fs::create_symlink(base + "/elsewhere", file);
  EXPECT_NE(refused().find("is not a plain file"), std::string::npos) << refused();
  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  EXPECT_NE(refused().find("is not a plain file"), std::string::npos) << refused();
  fs::rename(folder, base + "/real");
  fs::create_directory_symlink(base + "/real", folder);
  EXPECT_NE(refused().find("is not a folder"), std::string::npos) << refused();
}

TEST_F(Place, AFolderReachedThroughALinkIsAFolder) {
  fs::create_directory(base + "/var");
  fs::create_directory_symlink(base + "/var", base + "/link");
  folder = base + "/link/state";
  EXPECT_NE(open(), nullptr);
}

TEST_F(Place, WhatWasEmptiedIsNotMadeAnew) {
  open();
  fs::resize_file(file, 0);
  EXPECT_NE(refused().find("is empty: what was in it is lost"), std::string::npos) << refused();
}

TEST_F(Place, RefusesWhatIsNoStoreOfItsOwnOrALaterOne) {
  { std::ofstream(base + "/x") << "no database, but as long as a page's head would be: " << std::string(4096, 'x'); }
  fs::create_directory(folder);
  ::chmod(folder.c_str(), 0700);
  fs::rename(base + "/x", file);
  ::chmod(file.c_str(), 0600);
  EXPECT_NE(refused().find("file is not a database"), std::string::npos) << refused();
  fs::remove(file);
  ASSERT_TRUE(open()->run("PRAGMA user_version=2"));
  EXPECT_NE(refused().find("a later Gatehouse wrote it"), std::string::npos) << refused();
  fs::remove(file);
  ASSERT_TRUE(open()->run("PRAGMA application_id=1"));
  EXPECT_NE(refused().find("is not a store of Gatehouse"), std::string::npos) << refused();
}

// A page that is overwritten anywhere that matters is found, by SQLite's own check.
TEST_F(Place, FindsDamagedPages) {
  {
    auto store = open();
    ASSERT_TRUE(store->run(kTable));
    for (int64_t i = 0; i < 500; ++i)
      ASSERT_TRUE(store->run("INSERT INTO things VALUES (?, ?, NULL)", {"a name of some length " + std::to_string(i), i}));
  }
  std::string whole;
  {
    std::ifstream in(file, std::ios::binary);
    whole.assign(std::istreambuf_iterator<char>(in), {});
  }
  ASSERT_GT(whole.size(), 5 * 4096U);
  for (size_t page = 0; page + 4096 <= whole.size(); page += 4096) {
    std::string damaged = whole;
    for (size_t i = 0; i < 200; ++i) damaged[page + i] = static_cast<char>(i * 37 + 1);
    { std::ofstream(file, std::ios::binary | std::ios::trunc) << damaged; }
    EXPECT_NE(refused(), "opened") << "page at " << page;
  }
  for (size_t cut = 4096; cut < whole.size(); cut += 4096) {
    { std::ofstream(file, std::ios::binary | std::ios::trunc) << whole.substr(0, cut); }
    EXPECT_NE(refused(), "opened") << "cut at " << cut;
  }
}

class Moving : public Place {
 protected:
  void SetUp() override {
    Place::SetUp();
    next = base + "/next";
    store = open();
    ASSERT_TRUE(store->run(kTable));
    ASSERT_TRUE(store->all_or_none([this]() -> Result<Done, std::string> {
      for (int64_t i = 0; i < 400; ++i)
        EXPECT_TRUE(store->run("INSERT INTO things VALUES (?, ?, NULL)", {"a secret of some length " + std::to_string(i), i}));
      return Done{};
    }));
  }
  std::string refused_in(const std::string& where) {
    const auto opened = Store::open(where);
    return opened ? "opened" : opened.error();
  }
  std::string vacant_refused(const std::string& where) {
    const auto opened = Store::open_vacant(where, file);
    return opened ? "opened" : opened.error();
  }
  void move(const std::string& to) {
    auto vacant = Store::open_vacant(to, store->path());
    ASSERT_TRUE(vacant.ok()) << vacant.error();
    const auto moved = store->move_to(std::move(*vacant));
    ASSERT_TRUE(moved.ok()) << moved.error();
    EXPECT_EQ(*moved, "");
    EXPECT_EQ(store->path(), fs::canonical(to).string() + "/" + kFileName);
  }
  static std::string bytes_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  std::string next;
  std::unique_ptr<Store> store;
};

TEST_F(Moving, TakesAllAndLeavesNothingButWhereItIs) {
  ASSERT_NE(bytes_of(file).find("a secret of some length 399"), std::string::npos);
  move(next);
  EXPECT_EQ(count(*store), 400);
  ASSERT_TRUE(store->run(kPut, {"later", int64_t{1}, Value()}));
  EXPECT_EQ(mode(next), 0700U);
  EXPECT_EQ(mode(store->path()), 0600U);
  EXPECT_EQ(bytes_of(file).find("a secret"), std::string::npos);
  EXPECT_NE(refused().find("is empty: what belongs in it is in " + store->path()), std::string::npos) << refused();
  const auto copy = Store::open_copy(folder);
  ASSERT_FALSE(copy.ok());
  EXPECT_NE(copy.error().find("what belongs in it is in"), std::string::npos) << copy.error();
  EXPECT_NE(refused_in(next).find("in use"), std::string::npos);
  store.reset();
  folder = next;
  EXPECT_EQ(count(*open()), 401);
}

TEST_F(Moving, ThereAndBackAndOverWhatAnotherLeft) {
  for (const std::string& to : {next, folder, next, base + "/third", folder}) move(to);
  EXPECT_EQ(count(*store), 400);
  EXPECT_NE(refused_in(base + "/third").find("is in " + store->path()), std::string::npos);
}

// A process that dies before anything was moved: neither is taken for a store in which nobody is shut out.
TEST_F(Moving, WhatWaitsForAMoveIsNoStore) {
  ASSERT_TRUE(Store::open_vacant(next, file).ok());
  EXPECT_NE(refused_in(next).find("what belongs in it is in " + file), std::string::npos) << refused_in(next);
  move(next);
  EXPECT_EQ(count(*store), 400);
}

TEST_F(Moving, IsRefusedWhereSomethingIs) {
  folder = base + "/others";
  {
    auto other = open();
    EXPECT_NE(vacant_refused(folder).find("in use: another gateway"), std::string::npos) << vacant_refused(folder);
    ASSERT_TRUE(other->run(kTable));
  }
  EXPECT_NE(vacant_refused(folder).find("is a store of its own"), std::string::npos) << vacant_refused(folder);
  EXPECT_EQ(count(**Store::open(folder)), 0);   // and is as it was
  EXPECT_NE(vacant_refused(base + "/state").find("in use"), std::string::npos);
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  EXPECT_NE(vacant_refused(folder).find("open to group or others"), std::string::npos);
  { std::ofstream(base + "/plain") << "x"; }
  EXPECT_NE(vacant_refused(base + "/plain").find("is not a folder"), std::string::npos);
  EXPECT_NE(vacant_refused(base + "/no/where").find("cannot create folder"), std::string::npos);
  EXPECT_EQ(count(*store), 400);
}

// There is room for the file, and not for what comes into it.
TEST_F(Moving, ADiskWithoutRoomLeavesAllWhereItIs) {
  auto vacant = Store::open_vacant(next, file);
  ASSERT_TRUE(vacant.ok());
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit small{16 << 10, 16 << 10};
    ::setrlimit(RLIMIT_FSIZE, &small);
    ::signal(SIGXFSZ, SIG_IGN);
    const auto moved = store->move_to(std::move(*vacant));
    ::_exit(!moved.ok() && store->path() == file && count(*store) == 400 ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  vacant->reset();
  EXPECT_NE(refused_in(next).find("what belongs in it is in " + file), std::string::npos) << refused_in(next);
  EXPECT_EQ(count(*store), 400);
  move(next);
}

TEST(SamePlace, IsAFolderByWhateverName) {
  char name[] = "/tmp/gatehouse-store-XXXXXX";
  ASSERT_NE(::mkdtemp(name), nullptr);
  const std::string base = name;
  fs::create_directory(base + "/a");
  fs::create_directory_symlink(base, base + "/b");
  EXPECT_TRUE(same_place(base + "/a", base + "/b/a"));
  EXPECT_FALSE(same_place(base + "/a", base));
  EXPECT_FALSE(same_place(base + "/none", base + "/none"));
  fs::remove_all(base);
}

TEST_F(Place, ADraftOfAProcessThatDiedIsMadeAgain) {
  open();
  fs::rename(file, file + ".draft");
  EXPECT_NE(open(), nullptr);
  EXPECT_FALSE(fs::exists(file + ".draft"));
}

}  // namespace
}  // namespace gatehouse::store
