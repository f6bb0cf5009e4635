// An independent second party: the openssl command, over Unix sockets.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>

#include "pair.h"

namespace gatehouse::tls::test {
namespace {

/// Program is a child process with pipes to its input and from its output.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments) {
    int in[2], out[2];
    EXPECT_EQ(pipe2(in, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(out, O_CLOEXEC), 0);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      dup2(out[1], 2);
      execvp(argv[0], argv.data());
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    in_ = in[1];
    out_ = out[0];
  }
  ~Program() {
    if (in_ >= 0) close(in_);
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(out_);
  }
  void say(const std::string& text) { EXPECT_EQ(::write(in_, text.data(), text.size()), ssize_t(text.size())); }
  void hang_up() { close(std::exchange(in_, -1)); }
  /// read_until returns everything printed up to and with `mark`, or up to the end.
  std::string read_until(const std::string& mark) {
    std::string text;
    char byte;
    while (text.find(mark) == std::string::npos && ::read(out_, &byte, 1) == 1) text += byte;
    return text;
  }
  std::string rest() { return read_until("\xff\xff never said"); }
  int finish() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = -1;
  int in_ = -1, out_ = -1;
};

class Openssl : public testing::Test {
 protected:
  void SetUp() override {
    if (Program({"openssl", "version"}).rest().find("OpenSSL") == std::string::npos) GTEST_SKIP() << "no openssl";
    char name[] = "/tmp/gtls-XXXXXX";  // short: s_server ends when the socket's path is 32 bytes or more
    folder_ = mkdtemp(name);
    path_ = folder_ + "/s";
    signal(SIGPIPE, SIG_IGN);
  }
  void TearDown() override {
    if (socket_ >= 0) close(socket_);
    if (listener_ >= 0) close(listener_);
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }
  sockaddr_un address() {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    strcpy(to.sun_path, path_.c_str());
    return to;
  }
  void listen_here() {
    listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un here = address();
    ASSERT_EQ(bind(listener_, reinterpret_cast<const sockaddr*>(&here), sizeof here), 0);
    ASSERT_EQ(listen(listener_, 4), 0);
  }
  void dial() {
    socket_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_un there = address();
    ASSERT_EQ(connect(socket_, reinterpret_cast<const sockaddr*>(&there), sizeof there), 0) << strerror(errno);
  }
  void flush(Pipe& pipe) {
    const std::string bytes = pipe.drain();
    if (bytes.empty()) return;
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), 0), ssize_t(bytes.size()));
  }
  std::string receive() {
    char bytes[4096];
    const ssize_t n = recv(socket_, bytes, sizeof bytes, 0);
    return n > 0 ? std::string(bytes, static_cast<size_t>(n)) : "";
  }
  Io shake(End& end) {
    end.state = end.engine.handshake();
    flush(end.out);
    while (end.state == Io::want_input) {
      const std::string bytes = receive();
      if (bytes.empty()) break;
      end.take_in(bytes);
      flush(end.out);
    }
    return end.state;
  }
  std::string read_line(End& end) {
    std::string line;
    while (line.find('\n') == std::string::npos) {
      const std::string bytes = receive();
      if (bytes.empty()) break;
      Io how;
      line += read_all(end.engine, bytes, &how);
      if (how != Io::want_input) break;
    }
    return line;
  }
  std::string data(const std::string& name) { return std::string(GATEHOUSE_TEST_DATA) + "/tls/" + name; }

  std::string folder_, path_;
  int listener_ = -1, socket_ = -1;
};

TEST_F(Openssl, ClientCallsOurServer) {
  auto settings = server_settings({"other", "chained"});
  listen_here();
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    const std::string session = folder_ + "/session" + version;
    for (const bool again : {false, true}) {
      Program client({"openssl", "s_client", "-unix", path_, "-servername", "server.test", "-verify_hostname",
                      "server.test", "-CAfile", data("ca.pem"), "-verify_return_error", "-alpn", "http/1.1", version,
                      again ? "-sess_in" : "-sess_out", session, "-ign_eof"});
      socket_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      ASSERT_GE(socket_, 0);
      End server;
      ASSERT_TRUE(server.engine.start_server(*settings, server.out.sink()));
      ASSERT_EQ(shake(server), Io::ok) << server.engine.error();
      client.say("ping\n");
      EXPECT_EQ(read_line(server), "ping\n");
      EXPECT_EQ(server.engine.write("pong from the engine"), Io::ok);
      server.engine.close_notify();
      flush(server.out);
      close(std::exchange(socket_, -1));
      const std::string said = client.rest();
      EXPECT_EQ(client.finish(), 0) << said;
      EXPECT_NE(said.find("pong from the engine"), std::string::npos) << said;
      EXPECT_NE(said.find("ALPN protocol: http/1.1"), std::string::npos) << said;
      EXPECT_NE(said.find("Verify return code: 0 (ok)"), std::string::npos) << said;
      EXPECT_NE(said.find(again ? "Reused, " : "New, "), std::string::npos) << said;
      EXPECT_EQ(server.engine.resumed(), again);
    }
  }
}

TEST_F(Openssl, ServerAnswersOurClient) {
  auto trust = client_settings();
  for (const char* version : {"-tls1_2", "-tls1_3"}) {
    Program server({"openssl", "s_server", "-unix", path_, "-cert", data("server.pem"), "-key", data("server.key"),
                    "-rev", version, "-naccept", "1"});
    const std::string said = server.read_until("ACCEPT");
    ASSERT_NE(said.find("ACCEPT"), std::string::npos) << said;
    dial();
    End client;
    ASSERT_TRUE(client.engine.start_client(*trust, "server.test", client.out.sink()));
    ASSERT_EQ(shake(client), Io::ok) << client.engine.error();
    EXPECT_EQ(client.engine.version(), std::string(version) == "-tls1_2" ? "TLSv1.2" : "TLSv1.3");
    EXPECT_EQ(client.engine.write("gatehouse\n"), Io::ok);
    flush(client.out);
    EXPECT_EQ(read_line(client), "esuohetag\n");
    client.engine.close_notify();
    flush(client.out);
    close(std::exchange(socket_, -1));
    std::filesystem::remove(path_);
  }
}

TEST_F(Openssl, ServersThatMustNotBeBelieved) {
  auto trust = client_settings();
  struct Case {
    const char* certificate;
    std::vector<std::string> more;
    const char* why;
  };
  const Case cases[] = {
      {"expired", {}, "certificate: certificate has expired"},
      {"untrusted", {}, "certificate: unable to get local issuer certificate"},
      {"other", {}, "certificate: Hostname mismatch"},
      {"server", {"-tls1_1", "-cipher", "ALL:@SECLEVEL=0"}, "TLSV1_ALERT_PROTOCOL_VERSION"},
      {"server", {"-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA"}, "SSLV3_ALERT_HANDSHAKE_FAILURE"},
  };
  for (const Case& one : cases) {
    std::vector<std::string> arguments{"openssl", "s_server", "-unix", path_, "-cert",
                                       data(one.certificate + std::string(".pem")), "-key",
                                       data(one.certificate + std::string(".key")), "-naccept", "1"};
    arguments.insert(arguments.end(), one.more.begin(), one.more.end());
    Program server(arguments);
    const std::string said = server.read_until("ACCEPT");
    ASSERT_NE(said.find("ACCEPT"), std::string::npos) << said;
    dial();
    End client;
    ASSERT_TRUE(client.engine.start_client(*trust, "server.test", client.out.sink()));
    EXPECT_EQ(shake(client), Io::failed) << one.why;
    EXPECT_STREQ(client.engine.error(), one.why);
    close(std::exchange(socket_, -1));
    std::filesystem::remove(path_);
  }
}

}  // namespace
}  // namespace gatehouse::tls::test
