// TLS without sockets: ciphertext in, plaintext out, and back; says what it waits for.
#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"

// BoringSSL's types stay behind this line: only tls/*.cc include its headers.
struct ssl_st;
struct bio_st;

namespace gatehouse::tls {

class ServerSettings;
class ClientSettings;

/// Sink takes ciphertext that the engine produced. `take` copies the bytes before it returns; false
/// means that there is no room, which fails the engine (callers bound what they write first).
struct Sink {
  void* owner = nullptr;
  bool (*take)(void* owner, ByteView ciphertext) = nullptr;
};

/// Io is what a call came to.
enum class Io : uint8_t {
  ok,          // did what was asked
  want_input,  // needs more ciphertext: feed() and call again
  closed,      // the other side sent close_notify: a clean end
  failed,      // protocol or certificate error; the link must be closed; see error()
};

/// Engine is one TLS connection over buffers (custom BIO, never a memory BIO). It owns its SSL
/// object. Not copyable, may not move while in use (the BIO points to it). One thread.
class Engine {
 public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// start_server / start_client make the connection; settings must outlive the engine (TLS keeps
  /// its own reference to the shared state). `server_name` is sent as SNI and checked against the
  /// origin's certificate. False when memory is short.
  bool start_server(const ServerSettings& settings, Sink sink);
  bool start_client(const ClientSettings& settings, const char* server_name, Sink sink);

  /// feed lends ciphertext until it is consumed: unread() tells what is left. Feeding while bytes are
  /// left is an error of the caller.
  void feed(ByteView ciphertext);
  size_t unread() const { return input_.size(); }

  /// handshake goes on with the handshake; ok when it is complete.
  Io handshake();
  bool established() const { return established_; }

  /// read decrypts into `out`; ok with *n > 0, or why not. write encrypts all of `plaintext` into the
  /// sink (ok or failed). close_notify sends the alert once.
  Io read(ByteSpan out, size_t* n);
  Io write(ByteView plaintext);
  void close_notify();

  /// What was negotiated; valid once established. Static or connection-lived strings.
  const char* version() const;      // "TLSv1.3"
  const char* cipher() const;       // standard name
  ByteView server_name() const;     // SNI the client sent, lower case; empty when none
  bool resumed() const;

  /// error is a short text of the last failure for logs, valid until the next call.
  const char* error() const { return error_; }

 private:
  friend int engine_bio_read(bio_st*, char*, int);
  friend int engine_bio_write(bio_st*, const char*, int);
  bool attach(ssl_st* ssl, Sink sink);
  Io outcome(int result);

  ssl_st* ssl_ = nullptr;
  Sink sink_;
  ByteView input_;
  bool established_ = false;
  bool close_sent_ = false;
  char error_[120] = {};
};

}  // namespace gatehouse::tls
