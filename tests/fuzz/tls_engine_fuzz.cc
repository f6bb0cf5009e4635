// TLS engine: garbage to either side, and real handshakes with bytes changed on the way.
//
// Input: mode (1 byte), then for mode 0 and 1 raw ciphertext, for the others edits of the stream between
// a real server and a real client: [position of the next edit (2 bytes), value to xor (1 byte)]...
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "base/assert.h"
#include "tests/fuzz/plant.h"
#include "tls/engine.h"
#include "tls/settings.h"

using namespace gatehouse;
using namespace gatehouse::tls;

namespace {

std::string file(const char* name) {
  std::ifstream in(std::string(GATEHOUSE_TEST_DATA) + "/tls/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

struct Shared {
  std::unique_ptr<ServerSettings> server;
  std::unique_ptr<ClientSettings> client;
  Shared() {
    auto made = ServerSettings::create({{file("server.pem"), file("server.key")}, {file("other.pem"), file("other.key")}},
                                       make_ticket_keys(nullptr));
    auto trust = ClientSettings::create(file("ca.pem"));
    GH_ASSERT(made.ok() && trust.ok());
    server = std::move(*made);
    client = std::move(*trust);
  }
};

struct End {
  std::string out;
  Engine engine;
  std::string plain;
  Io state = Io::want_input;

  Sink sink() {
    return {this, [](void* owner, ByteView bytes) {
              static_cast<End*>(owner)->out.append(bytes);
              return true;
            }};
  }
  void take_in(ByteView bytes) {
    if (state != Io::want_input) return;
    engine.feed(bytes);
    state = engine.handshake();
    if (state != Io::ok) return;
    char room[700];
    size_t n = 0;
    while ((state = engine.read(room, &n)) == Io::ok) plain.append(room, n);
    GH_ASSERT(engine.unread() == 0);
  }
};

void raw(const Shared& shared, bool to_server, ByteView bytes) {
  End end;
  GH_ASSERT(to_server ? end.engine.start_server(*shared.server, end.sink())
                      : end.engine.start_client(*shared.client, "server.test", end.sink()));
  GH_ASSERT(end.engine.handshake() == Io::want_input);
  const size_t half = bytes.size() / 2;
  end.take_in(bytes.substr(0, half));
  end.take_in(bytes.substr(half));
  // Garbage proves no certificate and no knowledge of a secret.
  GH_ASSERT(!end.engine.established());
  GH_ASSERT(end.plain.empty());
}

struct Edits {
  ByteView bytes;
  size_t position = 0;
  size_t next = SIZE_MAX;
  uint8_t value = 0;

  void load() {
    next = SIZE_MAX;
    if (bytes.size() < 3) return;
    next = position + (static_cast<uint8_t>(bytes[0]) << 8 | static_cast<uint8_t>(bytes[1]));
    value = static_cast<uint8_t>(bytes[2]);
    bytes.remove_prefix(3);
  }
  std::string apply(std::string wire) {
    for (char& c : wire) {
      if (position++ == next) {
        c = static_cast<char>(c ^ value);
        load();
      }
    }
    return wire;
  }
};

void edited(const Shared& shared, ByteView bytes) {
  static const std::string kRequest(3000, 'q');
  static const std::string kAnswer(20'000, 'a');
  End server, client;
  GH_ASSERT(server.engine.start_server(*shared.server, server.sink()));
  GH_ASSERT(client.engine.start_client(*shared.client, "other.test", client.sink()));
  Edits edits{bytes};
  edits.load();
  client.state = client.engine.handshake();
  bool asked = false, answered = false;
  for (int turn = 0; turn < 8; ++turn) {
    if (client.engine.established() && !asked && client.state == Io::want_input) {
      asked = client.engine.write(kRequest) == Io::ok;
    }
    server.take_in(edits.apply(std::exchange(client.out, {})));
    if (server.engine.established() && !answered && server.plain == kRequest && server.state == Io::want_input) {
      answered = server.engine.write(kAnswer) == Io::ok;
      server.engine.close_notify();
    }
    client.take_in(edits.apply(std::exchange(server.out, {})));
  }
  PLANT(if (edits.bytes.size() == 3) client.plain += 'x');
  // Nothing but what was written ever comes out, and a clean end only after all of it.
  GH_ASSERT(ByteView(kRequest).starts_with(server.plain));
  GH_ASSERT(ByteView(kAnswer).starts_with(client.plain));
  if (client.state == Io::closed) GH_ASSERT(client.plain == kAnswer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Shared shared;
  if (size == 0) return 0;
  const ByteView bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] < 2) {
    raw(shared, data[0] == 0, bytes);
  } else {
    edited(shared, bytes);
  }
  return 0;
}
