// Settings that one thread frees after another's connections gave them up. For a thread sanitizer; without one it shows only
// that settings may go first or last.
#include <atomic>
#include <thread>

#include "pair.h"

namespace gatehouse::tls::test {
namespace {

void connect(const ServerSettings& settings, const ClientSettings& trust, const char* name, End& server, End& client) {
  ASSERT_TRUE(server.engine.start_server(settings, server.out.sink()));
  ASSERT_TRUE(client.engine.start_client(trust, name, client.out.sink()));
  shake_hands(server, client);
  ASSERT_TRUE(server.engine.established()) << server.engine.error();
  ASSERT_TRUE(client.engine.established()) << client.engine.error();
}

TEST(Threads, SettingsAreFreedByWhoeverLetsGoLast) {
  for (const char* name : {"server.test", "other.test"}) {
    for (const bool before : {false, true}) {   // the settings go before their connections
      auto settings = server_settings({"server", "other"});
      auto trust = client_settings();
      std::atomic<int> phase{0};   // 1 is in order: no connection begins after it; BoringSSL's counts alone order the rest
      std::thread worker([&, server_settings = settings.get(), client_settings = trust.get()] {
        auto server = std::make_unique<End>();
        auto client = std::make_unique<End>();
        connect(*server_settings, *client_settings, name, *server, *client);
        phase.store(1, std::memory_order_release);
        while (before && phase.load(std::memory_order_relaxed) != 2) std::this_thread::yield();
        client = nullptr;
        server = nullptr;
        phase.store(3, std::memory_order_relaxed);
      });
      while (before && phase.load(std::memory_order_acquire) != 1) std::this_thread::yield();
      while (!before && phase.load(std::memory_order_relaxed) != 3) std::this_thread::yield();
      settings = nullptr;
      trust = nullptr;
      if (before) phase.store(2, std::memory_order_relaxed);
      worker.join();
    }
  }
}

}  // namespace
}  // namespace gatehouse::tls::test
