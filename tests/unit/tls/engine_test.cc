#include "tls/engine.h"

#include <malloc.h>

#include "pair.h"

namespace gatehouse::tls::test {
namespace {

struct Joined {
  End server;
  End client;
};

void join(Joined& joined, const ServerSettings& settings, const ClientSettings& trust, const char* name = "server.test",
          size_t step = SIZE_MAX) {
  ASSERT_TRUE(joined.server.engine.start_server(settings, joined.server.out.sink()));
  ASSERT_TRUE(joined.client.engine.start_client(trust, name, joined.client.out.sink()));
  shake_hands(joined.server, joined.client, step);
}

TEST(Engine, ShakesHandsAndCarriesBytesBothWays) {
  auto settings = server_settings({"server"});
  auto trust = client_settings();
  Joined j;
  join(j, *settings, *trust);
  ASSERT_TRUE(j.server.engine.established()) << j.server.engine.error();
  ASSERT_TRUE(j.client.engine.established()) << j.client.engine.error();
  EXPECT_EQ(j.server.engine.version(), "TLSv1.3");
  EXPECT_EQ(j.client.engine.version(), "TLSv1.3");
  EXPECT_EQ(std::string(j.server.engine.cipher()).substr(0, 4), "TLS_");
  EXPECT_EQ(j.server.engine.server_name(), "server.test");
  EXPECT_EQ(j.client.engine.server_name(), "");
  EXPECT_FALSE(j.server.engine.resumed());

  EXPECT_EQ(j.client.engine.write("hello"), Io::ok);
  Io end;
  EXPECT_EQ(read_all(j.server.engine, j.client.out.drain(), &end), "hello");
  EXPECT_EQ(end, Io::want_input);
  EXPECT_EQ(j.server.engine.write("world"), Io::ok);
  EXPECT_EQ(read_all(j.client.engine, j.server.out.drain(), &end), "world");
  EXPECT_EQ(end, Io::want_input);
  EXPECT_EQ(j.client.engine.unread(), 0u);
}

TEST(Engine, TakesBytesOneByOne) {
  auto settings = server_settings({"chained"});
  auto trust = client_settings();
  Joined j;
  join(j, *settings, *trust, "server.test", 1);
  ASSERT_TRUE(j.server.engine.established()) << j.server.engine.error();
  ASSERT_TRUE(j.client.engine.established()) << j.client.engine.error();
  const std::string text(40'000, 'x');
  EXPECT_EQ(j.client.engine.write(text), Io::ok);
  Io end;
  EXPECT_EQ(read_all(j.server.engine, j.client.out.drain(), &end, 1, 7), text);
  EXPECT_EQ(end, Io::want_input);
}

TEST(Engine, WritesAMebibyteInFullRecords) {
  auto settings = server_settings({"server"});
  auto trust = client_settings();
  Joined j;
  join(j, *settings, *trust);
  std::string text(1 << 20, '\0');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 2654435761u >> 13);
  j.client.out.drain();
  ASSERT_EQ(j.client.engine.write(text), Io::ok);
  const std::string wire = j.client.out.drain();
  // 64 records of 16,384 bytes, each with a 5-byte header, a type byte and a 16-byte tag.
  size_t records = 0;
  for (size_t at = 0; at < wire.size(); ++records) {
    at += 5 + (static_cast<uint8_t>(wire[at + 3]) << 8 | static_cast<uint8_t>(wire[at + 4]));
  }
  EXPECT_EQ(records, 64u);
  EXPECT_EQ(wire.size(), text.size() + 64 * 22);
  EXPECT_EQ(wire.find(text.substr(1000, 64)), std::string::npos);
  Io end;
  EXPECT_EQ(read_all(j.server.engine, wire, &end, 32 * 1024), text);
}

TEST(Engine, SaysCloseNotifyAndTruncationApart) {
  auto settings = server_settings({"server"});
  auto trust = client_settings();
  Joined clean;
  join(clean, *settings, *trust);
  ASSERT_EQ(clean.server.engine.write("all of it"), Io::ok);
  clean.server.engine.close_notify();
  const size_t once = clean.server.out.bytes.size();
  clean.server.engine.close_notify();
  EXPECT_EQ(clean.server.out.bytes.size(), once) << "the alert goes out once";
  Io end;
  EXPECT_EQ(read_all(clean.client.engine, clean.server.out.drain() + "rest", &end), "all of it");
  EXPECT_EQ(end, Io::closed);
  EXPECT_EQ(clean.client.engine.unread(), 0u);
  size_t n = 0;
  char room[8];
  EXPECT_EQ(clean.client.engine.read(room, &n), Io::closed);

  Joined cut;
  join(cut, *settings, *trust);
  ASSERT_EQ(cut.server.engine.write("all of it"), Io::ok);
  std::string wire = cut.server.out.drain();
  wire.pop_back();
  EXPECT_EQ(read_all(cut.client.engine, wire, &end), "");
  EXPECT_EQ(end, Io::want_input) << "without close_notify the end is never clean";
}

TEST(Engine, StillSendsAfterTheOtherSideClosed) {
  auto settings = server_settings({"server"});
  auto trust = client_settings();
  Joined j;
  join(j, *settings, *trust);
  j.client.engine.close_notify();
  Io end;
  read_all(j.server.engine, j.client.out.drain(), &end);
  ASSERT_EQ(end, Io::closed);
  EXPECT_EQ(j.server.engine.write("answer"), Io::ok);
  EXPECT_EQ(read_all(j.client.engine, j.server.out.drain(), &end), "answer");
}

TEST(Engine, FailsWhenTheSinkIsFull) {
  auto settings = server_settings({"server"});
  auto trust = client_settings();
  Joined j;
  join(j, *settings, *trust);
  j.client.out.drain();
  j.client.out.room = 20'000;
  EXPECT_EQ(j.client.engine.write(std::string(100'000, 'x')), Io::failed);
  EXPECT_STREQ(j.client.engine.error(), "no room for ciphertext");
  EXPECT_LE(j.client.out.bytes.size(), 20'000u);
  j.client.out.room = SIZE_MAX;
  EXPECT_EQ(j.client.engine.write("more"), Io::failed) << "a gap in the records must not be sent over";
  j.client.engine.close_notify();
  EXPECT_LE(j.client.out.bytes.size(), 20'000u);

  Joined mute;
  mute.server.out.room = 100;
  join(mute, *settings, *trust);
  EXPECT_EQ(mute.server.state, Io::failed);
  EXPECT_STREQ(mute.server.engine.error(), "no room for ciphertext");
}

TEST(Engine, RefusesGarbage) {
  auto settings = server_settings({"server"});
  auto trust = client_settings();
  for (const std::string& garbage : {std::string("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), std::string(300, '\0'),
                                     std::string(300, '\xff'), std::string("\x16\x03\x01\xff\xff", 5)}) {
    End server;
    ASSERT_TRUE(server.engine.start_server(*settings, server.out.sink()));
    server.take_in(garbage);
    EXPECT_EQ(server.state, Io::failed);
    EXPECT_STRNE(server.engine.error(), "");
    EXPECT_EQ(server.engine.unread(), 0u);
    EXPECT_EQ(server.engine.handshake(), Io::failed);
    EXPECT_FALSE(server.engine.established());
    End client;
    ASSERT_TRUE(client.engine.start_client(*trust, "server.test", client.out.sink()));
    EXPECT_EQ(client.engine.handshake(), Io::want_input);
    client.take_in(garbage);
    EXPECT_EQ(client.state, Io::failed);
  }
}

TEST(Engine, RefusesAChangedRecord) {
  auto settings = server_settings({"server"});
  auto trust = client_settings();
  Joined j;
  join(j, *settings, *trust);
  ASSERT_EQ(j.client.engine.write("pay 10"), Io::ok);
  std::string wire = j.client.out.drain();
  wire[wire.size() - 20] ^= 1;
  Io end;
  EXPECT_EQ(read_all(j.server.engine, wire, &end), "");
  EXPECT_EQ(end, Io::failed);
  size_t n = 0;
  char room[8];
  EXPECT_EQ(j.server.engine.read(room, &n), Io::failed);
  EXPECT_EQ(j.server.engine.write("x"), Io::failed);
}

struct NameCase {
  const char* certificate;
  const char* name;
  bool good;
  const char* why;
};

class Names : public testing::TestWithParam<NameCase> {};

TEST_P(Names, AreChecked) {
  auto settings = server_settings({GetParam().certificate});
  auto trust = client_settings();
  Joined j;
  join(j, *settings, *trust, GetParam().name);
  EXPECT_EQ(j.client.engine.established(), GetParam().good) << j.client.engine.error();
  if (!GetParam().good) {
    EXPECT_EQ(j.client.state, Io::failed);
    EXPECT_FALSE(j.server.engine.established());
    EXPECT_NE(std::string(j.client.engine.error()).find(GetParam().why), std::string::npos)
        << j.client.engine.error();
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Names,
    testing::Values(NameCase{"server", "server.test", true, ""}, NameCase{"server", "SERVER.test", true, ""},
                    NameCase{"server", "a.wild.test", true, ""}, NameCase{"rsa", "server.test", true, ""},
                    NameCase{"chained", "server.test", true, ""}, NameCase{"address", "127.0.0.1", true, ""},
                    NameCase{"address", "::1", true, ""},
                    NameCase{"server", "other.test", false, "certificate: Hostname mismatch"},
                    NameCase{"server", "a.b.wild.test", false, "certificate: Hostname mismatch"},
                    NameCase{"server", "wild.test", false, "certificate: Hostname mismatch"},
                    NameCase{"server", "127.0.0.1", false, "certificate: IP address mismatch"},
                    NameCase{"address", "127.0.0.2", false, "certificate: IP address mismatch"},
                    NameCase{"address", "server.test", false, "certificate: Hostname mismatch"},
                    NameCase{"common_name", "server.test", false, "certificate: Hostname mismatch"},
                    NameCase{"partial", "server.test", false, "certificate: Hostname mismatch"},
                    NameCase{"client_only", "server.test", false, "certificate: unsupported certificate purpose"},
                    NameCase{"untrusted", "server.test", false, "certificate: unable to get local issuer"}));

TEST(Engine, NeverChecksNoName) {
  auto trust = client_settings();
  End client;
  EXPECT_FALSE(client.engine.start_client(*trust, "", client.out.sink()));
  End other;
  EXPECT_FALSE(other.engine.start_client(*trust, nullptr, other.out.sink()));
}

TEST(Engine, MayOutliveItsSettings) {
  auto settings = server_settings({"server", "other"});
  auto trust = client_settings();
  Joined j;
  ASSERT_TRUE(j.server.engine.start_server(*settings, j.server.out.sink()));
  ASSERT_TRUE(j.client.engine.start_client(*trust, "other.test", j.client.out.sink()));
  settings.reset();
  trust.reset();
  shake_hands(j.server, j.client);
  EXPECT_TRUE(j.server.engine.established());
  EXPECT_TRUE(j.client.engine.established()) << j.client.engine.error();
}

TEST(Engine, IsSmallWhenIdle) {
  if (mallinfo2().uordblks == 0) GTEST_SKIP() << "a sanitizer's allocator does not count";
  auto settings = server_settings({"server"});
  auto trust = client_settings();
  constexpr size_t kCount = 50;
  std::vector<std::unique_ptr<Joined>> warm;
  auto add = [&] {
    warm.push_back(std::make_unique<Joined>());
    join(*warm.back(), *settings, *trust);
    Io end;
    ASSERT_EQ(warm.back()->client.engine.write(std::string(20'000, 'x')), Io::ok);
    read_all(warm.back()->server.engine, warm.back()->client.out.drain(), &end);
    ASSERT_EQ(warm.back()->server.engine.write(std::string(20'000, 'x')), Io::ok);
    read_all(warm.back()->client.engine, warm.back()->server.out.drain(), &end);
    warm.back()->server.out.bytes.shrink_to_fit();
    warm.back()->client.out.bytes.shrink_to_fit();
  };
  warm.reserve(kCount + 5);
  for (int i = 0; i < 5; ++i) add();
  const size_t before = mallinfo2().uordblks;
  for (size_t i = 0; i < kCount; ++i) add();
  const size_t both = (mallinfo2().uordblks - before) / kCount;
  RecordProperty("bytes_of_a_server_and_a_client", static_cast<int>(both));
  EXPECT_GT(both, 1000u) << "the count does not count";
  EXPECT_LT(both, 14'000u) << "a server and a client engine together";
}

}  // namespace
}  // namespace gatehouse::tls::test
