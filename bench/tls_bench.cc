// TLS: cost of records, handshakes and memory, both ends in one thread (ends are timed apart where said).
#include <benchmark/benchmark.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "base/assert.h"
#include "tls/engine.h"
#include "tls/settings.h"

namespace {

using namespace gatehouse;
using namespace gatehouse::tls;

std::string file(const std::string& name) {
  std::ifstream in(std::string(GATEHOUSE_TEST_DATA) + "/tls/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct End {
  std::string out;
  Engine engine;

  Sink sink() {
    return {this, [](void* owner, ByteView bytes) {
              static_cast<End*>(owner)->out.append(bytes);
              return true;
            }};
  }
};

struct Joined {
  static const ServerSettings& server_settings() {
    static const auto made =
        ServerSettings::create({{file("server.pem"), file("server.key")}}, make_ticket_keys(nullptr));
    return **made;
  }
  static const ClientSettings& client_settings() {
    static const auto made = ClientSettings::create(file("ca.pem"));
    return **made;
  }

  Joined() {
    GH_ASSERT(server.engine.start_server(server_settings(), server.sink()));
    GH_ASSERT(client.engine.start_client(client_settings(), "server.test", client.sink()));
  }
  void shake() {
    client.engine.handshake();
    while (!client.engine.established() || !server.engine.established()) {
      step(client, server);
      step(server, client);
    }
  }
  static void step(End& from, End& to) {
    if (from.out.empty()) return;
    to.engine.feed(from.out);
    GH_ASSERT(to.engine.handshake() != Io::failed);
    from.out.clear();
  }

  End server, client;
};

void write_bytes(benchmark::State& state) {
  Joined joined;
  joined.shake();
  const std::string plain(static_cast<size_t>(state.range(0)), 'x');
  joined.server.out.reserve(plain.size() * 2);
  for (auto _ : state) {
    joined.server.out.clear();
    GH_ASSERT(joined.server.engine.write(plain) == Io::ok);
    benchmark::DoNotOptimize(joined.server.out.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(write_bytes)->Arg(1024)->Arg(16 * 1024)->Arg(24 * 1024)->Arg(256 * 1024);

void read_bytes(benchmark::State& state) {
  Joined joined;
  joined.shake();
  const std::string plain(static_cast<size_t>(state.range(0)), 'x');
  std::string room(plain.size(), '\0');
  for (auto _ : state) {
    state.PauseTiming();
    joined.server.out.clear();
    GH_ASSERT(joined.client.engine.write(plain) == Io::ok);
    const std::string wire = std::exchange(joined.client.out, {});
    state.ResumeTiming();
    joined.server.engine.feed(wire);
    size_t n = 0;
    while (joined.server.engine.read(ByteSpan(room), &n) == Io::ok) benchmark::DoNotOptimize(room.data());
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(read_bytes)->Arg(1024)->Arg(16 * 1024)->Arg(256 * 1024);

// A full TLS 1.3 handshake, the server's share only (P-256 certificate, X25519).
void server_handshake(benchmark::State& state) {
  for (auto _ : state) {
    state.PauseTiming();
    auto joined = std::make_unique<Joined>();
    joined->client.engine.handshake();
    state.ResumeTiming();
    Joined::step(joined->client, joined->server);
    state.PauseTiming();
    Joined::step(joined->server, joined->client);
    state.ResumeTiming();
    Joined::step(joined->client, joined->server);
    GH_ASSERT(joined->server.engine.established());
    state.PauseTiming();
    joined.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(server_handshake)->Unit(benchmark::kMicrosecond);

}  // namespace
