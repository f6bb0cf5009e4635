// serve() as a process of its own: start, keys by URL, a call, a held call, changed files, drain.
#include "control/serve.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

#include "base/address.h"
#include "identity/mint.h"
#include "net/listener.h"

namespace gatehouse::control {
namespace {

constexpr const char* kServe = "--serve";  // of this program: be the gateway of the file that follows
constexpr int kPatienceMs = 60'000;  // of every wait; only a failure waits so long

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

int dial(const Address& address) {
  const int descriptor = socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(descriptor, address.sockaddr_ptr(), address.length) == 0) return descriptor;
  close(descriptor);
  return -1;
}

/// message reads one HTTP message with a Content-Length, or up to the end.
std::string message(int descriptor) {
  std::string text;
  for (;;) {
    const size_t head = text.find("\r\n\r\n");
    if (head != std::string::npos) {
      const size_t at = text.find("Content-Length: ");
      if (text.size() >= head + 4 + (at < head ? std::stoul(text.substr(at + 16)) : 0)) return text;
    }
    pollfd wait{descriptor, POLLIN, 0};
    char room[16384];
    const ssize_t count = poll(&wait, 1, kPatienceMs) == 1 ? recv(descriptor, room, sizeof room, 0) : 0;
    if (count <= 0) return text.empty() && count < 0 ? std::string("failed: ") + strerror(errno) : text;
    text.append(room, static_cast<size_t>(count));
  }
}

void say(int descriptor, const std::string& text) {
  EXPECT_EQ(send(descriptor, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

std::string ask(const Address& address, const std::string& request) {
  const int descriptor = dial(address);
  if (descriptor < 0) return "";
  say(descriptor, request);
  const std::string answer = message(descriptor);
  close(descriptor);
  return answer;
}

std::string get(const Address& address, const std::string& path) {
  return ask(address, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

/// Service answers every connection's one request with what it is told to.
class Service {
 public:
  Service() {
    listener_ = *net::open_listener(*parse_address("127.0.0.1:0"));
    address = net::bound_address(listener_);
    thread_ = std::thread([this] { run(); });
  }
  ~Service() {
    stopping_ = true;
    close(dial(address));
    thread_.join();
    close(listener_);
  }
  void tell(std::string body) {
    std::lock_guard lock(mutex_);
    body_ = std::move(body);
  }
  std::vector<std::string> seen() {
    std::lock_guard lock(mutex_);
    return seen_;
  }
  Address address;

 private:
  void run() {
    while (!stopping_) {
      pollfd wait{listener_, POLLIN, 0};
      poll(&wait, 1, -1);
      const int descriptor = accept(listener_, nullptr, nullptr);
      if (descriptor < 0 || stopping_) {
        close(descriptor);
        continue;
      }
      const std::string request = message(descriptor);
      std::string body;
      {
        std::lock_guard lock(mutex_);
        seen_.push_back(request);
        body = body_;
      }
      say(descriptor, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n\r\n" + body);
      close(descriptor);
    }
  }
  int listener_ = -1;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::string body_ = "fine";
  std::vector<std::string> seen_;
};

class Serve : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/gserve-XXXXXX";
    folder = mkdtemp(name);
    write("key", "first-credential", 0600);
    issuer.tell(jwks(key, "k1"));
    const int probe = *net::open_listener(*parse_address("127.0.0.1:0"));
    health = net::bound_address(probe);  // free at this moment; bound again by the gateway
    close(probe);
    client = *parse_address("unix:" + folder + "/main.sock");
    admin = *parse_address("unix:" + folder + "/run/admin.sock");
    write("gateway.toml", config(""), 0600);
  }
  void TearDown() override {
    if (pid > 0) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
    if (log >= 0) close(log);
    std::filesystem::remove_all(folder);
  }

  std::string config(const std::string& more) const {
    return "[gateway]\nworkers = 1\nrun_dir = \"run\"\nhealth_address = \"" + format_address(health) +
           "\"\n[records]\ndir = \"records\"\nring_size = \"1MiB\"\nsegment_size = \"1MiB\"\n"
           "[[listener]]\nname = \"main\"\naddress = \"unix:" + folder + "/main.sock\"\n"
           "[[issuer]]\nname = \"dev\"\nurl = \"https://issuer.example\"\naudiences = [\"urn:gate\"]\n"
           "algorithms = [\"ES256\"]\njwks_url = \"http://" + format_address(issuer.address) +
           "/jwks\"\njwks_refresh = \"1s\"\n"
           "[[origin]]\nname = \"chunker\"\naddress = \"" + format_address(origin.address) +
           "\"\ncredential_header = \"X-Key\"\ncredential_file = \"key\"\n"
           "[[rule]]\nname = \"plain\"\neffect = \"allow\"\ngroups = [\"jobs\"]\npaths = [\"/plain/**\"]\n"
           "origin = \"chunker\"\n"
           "[[rule]]\nname = \"risky\"\neffect = \"approve\"\ngroups = [\"jobs\"]\npaths = [\"/risky\"]\n"
           "origin = \"chunker\"\n" + more;
  }
  static std::string jwks(const crypto::PrivateKey& key, const std::string& id) {
    return "{\"keys\":[" + identity::jwk_text(key.public_key(), id) + "]}";
  }
  void write(const std::string& name, const std::string& text, mode_t mode) {
    // Moved into place, so that nobody sees half of it.
    const std::string path = folder + "/" + name;
    std::ofstream(path + ".new") << text;
    chmod((path + ".new").c_str(), mode);
    std::filesystem::rename(path + ".new", path);
  }

  void start() {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    // The threads of the services run already: between fork and exec nothing may allocate or lock.
    const std::string file = folder + "/gateway.toml";
    pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(ends[1], 2);
      execl("/proc/self/exe", "serve_test", kServe, file.c_str(), nullptr);
      _exit(127);
    }
    close(ends[1]);
    log = ends[0];
  }
  /// wait_log reads the log until a line holds all parts; false at its end or when patience is over.
  bool wait_log(const std::vector<std::string>& parts) {
    for (;;) {
      for (size_t end = 0; (end = unread.find('\n')) != std::string::npos;) {
        const std::string line = unread.substr(0, end);
        unread.erase(0, end + 1);
        all_log += line + "\n";
        if (std::all_of(parts.begin(), parts.end(), [&](const std::string& part) { return has(line, part); })) return true;
      }
      pollfd wait{log, POLLIN, 0};
      char room[4096];
      const ssize_t count = poll(&wait, 1, kPatienceMs) == 1 ? read(log, room, sizeof room) : 0;
      if (count <= 0) return false;
      unread.append(room, static_cast<size_t>(count));
    }
  }
  bool wait_event(const std::string& event, const std::string& more = "") {
    return wait_log({"\"event\":\"" + event + "\"", more});
  }
  int finish() {
    int status = 0;
    waitpid(std::exchange(pid, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::string request(const std::string& path) {
    const std::string claims = "{\"iss\":\"https://issuer.example\",\"aud\":\"urn:gate\",\"sub\":\"job\",\"exp\":" +
                               std::to_string(time(nullptr) + 600) + ",\"groups\":[\"jobs\"]}";
    return "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " +
           identity::mint_jwt(key, "k1", claims) + "\r\n\r\n";
  }

  Service issuer, origin;
  crypto::PrivateKey key = crypto::PrivateKey::make_p256();
  std::string folder, unread, all_log;
  Address client, admin, health;
  pid_t pid = -1;
  int log = -1;
};

TEST_F(Serve, ServesReloadsAndDrains) {
  start();
  ASSERT_TRUE(wait_event("started")) << all_log;
  ASSERT_TRUE(wait_event("issuer_keys")) << all_log;
  ASSERT_TRUE(wait_event("config_published")) << all_log;
  EXPECT_TRUE(has(get(health, "/livez"), "200 OK"));
  const std::string ready = get(health, "/readyz?verbose");
  EXPECT_TRUE(has(ready, "200 OK")) << ready;
  EXPECT_TRUE(has(ready, "[+] issuer dev ok: 1 keys")) << ready;

  EXPECT_TRUE(has(ask(client, request("/plain/a")), "\r\n\r\nfine"));
  ASSERT_EQ(origin.seen().size(), 1u);
  EXPECT_TRUE(has(origin.seen()[0], "X-Key: first-credential\r\n"));
  EXPECT_TRUE(wait_event("exchange", "\"path\":\"/plain/a\""));
  const std::string metrics = get(health, "/metrics");
  EXPECT_TRUE(has(metrics, "gatehouse_exchanges_total{reason=\"none\"} 1\n")) << metrics;
  EXPECT_TRUE(has(metrics, "gatehouse_exchange_duration_seconds_count{route=\"plain\"} 1\n"));

  // A changed credential is used without a restart.
  write("key", "second-credential", 0600);
  ASSERT_TRUE(wait_event("config_published")) << all_log;
  EXPECT_TRUE(has(ask(client, request("/plain/b")), "\r\n\r\nfine"));
  EXPECT_TRUE(has(origin.seen()[1], "X-Key: second-credential\r\n")) << origin.seen()[1];

  // A broken configuration is refused, one that needs a restart too; the old one goes on.
  write("gateway.toml", config("typo = 1\n"), 0600);
  ASSERT_TRUE(wait_event("config_refused", "GH0101")) << all_log;
  std::string other = config("");
  other.insert(other.find("[[listener]]"), "[[listener]]\nname = \"more\"\naddress = \"127.0.0.1:1\"\n");
  write("gateway.toml", other, 0600);
  ASSERT_TRUE(wait_event("config_refused", "\"needs_restart\":\"listener\"")) << all_log;
  EXPECT_TRUE(has(get(health, "/readyz?verbose"), "the last change was refused"));
  EXPECT_TRUE(has(ask(client, request("/plain/c")), "\r\n\r\nfine"));
  write("gateway.toml", config("[limits]\nheld = 3\n"), 0600);
  ASSERT_TRUE(wait_event("config_published")) << all_log;

  // A key that its issuer withdrew is no longer believed.
  issuer.tell(jwks(crypto::PrivateKey::make_p256(), "k2"));
  ASSERT_TRUE(wait_event("issuer_keys")) << all_log;
  ASSERT_TRUE(wait_event("config_published")) << all_log;
  EXPECT_TRUE(has(ask(client, request("/plain/d")), "401 Unauthorized"));
  // Nonsense from the issuer changes nothing.
  issuer.tell("<html>login</html>");
  ASSERT_TRUE(wait_event("issuer_keys_failed", "\"old_keys_in_use\":true")) << all_log;
  EXPECT_TRUE(has(get(health, "/readyz?verbose"), "1 keys, the last refresh failed"));

  kill(pid, SIGTERM);
  EXPECT_TRUE(wait_event("draining"));
  EXPECT_TRUE(wait_event("stopped", "\"records_complete\":true")) << all_log;
  EXPECT_EQ(finish(), 0);
}

TEST_F(Serve, HoldsForAPersonAndFinishesBeforeItStops) {
  start();
  ASSERT_TRUE(wait_event("config_published")) << all_log;
  const int held = dial(client);
  say(held, request("/risky"));
  ASSERT_TRUE(wait_event("approval_asked", "\"rule\":\"risky\"")) << all_log;
  const std::string list = get(admin, "/approvals");
  ASSERT_TRUE(has(list, "\"id\":\"")) << list;
  const std::string id = list.substr(list.find("\"id\":\"") + 6, 36);
  EXPECT_TRUE(origin.seen().empty());
  const std::string approve = "POST /approvals/" + id +
                              "/approve HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 14\r\n\r\n"
                              "{\"note\":\"yes\"}";
  const std::string granted = ask(admin, approve);
  EXPECT_TRUE(has(granted, "200 OK")) << granted;
  EXPECT_TRUE(has(granted, "\"by\":\"uid:" + std::to_string(geteuid()))) << granted;
  EXPECT_TRUE(has(message(held), "\r\n\r\nfine"));
  close(held);
  EXPECT_EQ(origin.seen().size(), 1u);
  EXPECT_TRUE(wait_event("approval_ended", "\"state\":\"consumed\"")) << all_log;
  EXPECT_TRUE(has(ask(admin, approve), "409 Conflict"));

  // A person's refusal.
  const int refused = dial(client);
  say(refused, request("/risky"));
  ASSERT_TRUE(wait_event("approval_asked"));
  const std::string second = get(admin, "/approvals");
  ask(admin, "POST /approvals/" + second.substr(second.find("\"id\":\"") + 6, 36) +
                 "/deny HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const std::string denied = message(refused);
  EXPECT_TRUE(has(denied, "\"reason\":\"approval_denied\"")) << denied;
  close(refused);

  // A third one is held when the gateway is told to end: it is answered, not cut.
  const int last = dial(client);
  say(last, request("/risky"));
  ASSERT_TRUE(wait_event("approval_asked"));
  kill(pid, SIGTERM);
  const std::string answered = message(last);
  close(last);
  EXPECT_TRUE(wait_event("stopped")) << all_log;
  EXPECT_TRUE(has(answered, "\"reason\":\"gateway_draining\"")) << answered << all_log;
  EXPECT_EQ(finish(), 0);
  EXPECT_EQ(origin.seen().size(), 1u);
}

TEST_F(Serve, SaysWhyItCannotStart) {
  write("gateway.toml", "nonsense\n", 0600);
  start();
  EXPECT_TRUE(wait_log({"GH"}));
  EXPECT_EQ(finish(), 78);
  close(std::exchange(log, -1));
  write("gateway.toml", config(""), 0600);
  const int taken = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(bind(taken, health.sockaddr_ptr(), health.length), 0);
  ASSERT_EQ(listen(taken, 1), 0);
  start();
  EXPECT_TRUE(wait_log({"gateway.health_address cannot be opened: ", "another process listens there"}));
  EXPECT_EQ(finish(), 69);
  close(taken);
}

}  // namespace
}  // namespace gatehouse::control

int main(int count, char** words) {
  if (count == 3 && std::string_view(words[1]) == gatehouse::control::kServe) return gatehouse::control::serve({words[2]});
  testing::InitGoogleTest(&count, words);
  return RUN_ALL_TESTS();
}
