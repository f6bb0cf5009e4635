// Two engines joined by strings of bytes: the network of these tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "tls/engine.h"
#include "tls/settings.h"

namespace gatehouse::tls::test {

inline std::string file(const std::string& name) {
  std::ifstream in(std::string(GATEHOUSE_TEST_DATA) + "/tls/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << name;
  return text.str();
}

inline Certificate certificate(const std::string& name) { return {file(name + ".pem"), file(name + ".key")}; }

inline std::unique_ptr<ServerSettings> server_settings(const std::vector<std::string>& names,
                                                       const TicketKeys& keys = make_ticket_keys(nullptr)) {
  std::vector<Certificate> certificates;
  for (const std::string& name : names) certificates.push_back(certificate(name));
  auto made = ServerSettings::create(certificates, keys);
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error());
  return made.ok() ? std::move(*made) : nullptr;
}

inline std::unique_ptr<ClientSettings> client_settings(const std::string& trust = file("ca.pem")) {
  auto made = ClientSettings::create(trust);
  EXPECT_TRUE(made.ok()) << (made.ok() ? "" : made.error());
  return made.ok() ? std::move(*made) : nullptr;
}

/// Pipe collects ciphertext up to a bound.
struct Pipe {
  std::string bytes;
  size_t room = SIZE_MAX;

  Sink sink() { return {this, &Pipe::take}; }
  static bool take(void* owner, ByteView ciphertext) {
    Pipe& pipe = *static_cast<Pipe*>(owner);
    if (ciphertext.size() > pipe.room - pipe.bytes.size()) return false;
    pipe.bytes.append(ciphertext);
    return true;
  }
  std::string drain() { return std::exchange(bytes, {}); }
};

/// End is one engine and the pipe it writes to.
struct End {
  Pipe out;
  Engine engine;
  Io state = Io::want_input;

  /// take_in feeds bytes in pieces of `step` and goes on with the handshake.
  void take_in(const std::string& bytes, size_t step = SIZE_MAX) {
    for (size_t at = 0; at < bytes.size() && state == Io::want_input; at += step) {
      engine.feed(ByteView(bytes).substr(at, step));
      state = engine.handshake();
      if (step == SIZE_MAX) break;
    }
  }
};

/// shake_hands runs both ends until neither says anything more.
inline void shake_hands(End& server, End& client, size_t step = SIZE_MAX) {
  client.state = client.engine.handshake();
  for (int turn = 0; turn < 10 && (!client.out.bytes.empty() || !server.out.bytes.empty()); ++turn) {
    server.take_in(client.out.drain(), step);
    client.take_in(server.out.drain(), step);
  }
}

/// read_all decrypts what `bytes` hold; `end` says how the last read came out.
inline std::string read_all(Engine& engine, const std::string& bytes, Io* end, size_t step = SIZE_MAX,
                            size_t room = 5000) {
  std::string plain;
  std::string out(room, '\0');
  *end = Io::want_input;
  for (size_t at = 0; at < bytes.size() && *end == Io::want_input;
       at = step == SIZE_MAX ? bytes.size() : at + step) {
    engine.feed(ByteView(bytes).substr(at, step));
    size_t n = 0;
    while ((*end = engine.read(ByteSpan(out), &n)) == Io::ok) plain.append(out, 0, n);
  }
  return plain;
}

}  // namespace gatehouse::tls::test
