// TLS without sockets: ciphertext in, plaintext out, and back; says what it waits for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/time.h"

// BoringSSL's types stay behind this line: only tls/*.cc include its headers.
struct ssl_st;
struct bio_st;

namespace gatehouse::tls {

class ServerSettings;
class ClientSettings;
class ClientTrust;
struct ClientCertificate;

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
/// Invariant: after failed nothing is decrypted or encrypted any more; every call says failed.
class Engine {
 public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// start_server / start_client make the connection; once. The settings may be freed afterwards:
  /// TLS keeps its own reference to the shared state. `server_name` (a DNS name or an IP address) is
  /// checked against the origin's certificate (RFC 6125, no partial wildcards, no common name) and,
  /// when a DNS name, sent as SNI. False when memory is short or `server_name` is empty.
  bool start_server(const ServerSettings& settings, Sink sink);
  bool start_client(const ClientSettings& settings, const char* server_name, Sink sink);

  /// feed lends ciphertext until it is consumed: unread() tells what is left. Feeding while bytes are
  /// left is an error of the caller. Nothing is left after want_input, closed or failed.
  void feed(ByteView ciphertext);
  size_t unread() const { return input_.size(); }
  /// relend says that the unread bytes are now there: the same bytes, copied elsewhere.
  void relend(ByteView same_bytes);
  /// pending says whether decrypted bytes wait inside for read().
  bool pending() const;

  /// handshake goes on with the handshake; ok when it is complete.
  Io handshake();
  bool established() const { return established_; }

  /// read decrypts into `out` (not empty); ok with *n > 0, or why not. Call it until it says
  /// want_input: a record may be longer than `out`. write encrypts all of `plaintext` into the
  /// sink in records of 16 KiB (ok or failed). close_notify sends the alert once. All three only once
  /// established. An end of the transport without closed is a truncation: the caller knows about it.
  Io read(ByteSpan out, size_t* n);
  Io write(ByteView plaintext);
  void close_notify();

  /// What was negotiated; valid once established. Static or connection-lived strings.
  ByteView version() const { return version_; }   // "TLSv1.3"
  ByteView cipher() const { return cipher_; }     // standard name
  ByteView group() const;           // of the key exchange, once established; empty where there is none
  ByteView server_name() const;     // server: SNI the client sent, lower case; empty when none
  bool resumed() const;

  /// certificate is the client's, as it was verified; null when none was asked for or shown, and on the client's side.
  /// Lives as long as the engine.
  const ClientCertificate* certificate() const { return certificate_.get(); }
  /// stands says whether the client's certificate is still believed by the `trust` of now: cheap as long as that is what it
  /// was verified by and nothing of it has ended, else the chain is verified anew (some 100 us). False once it does not.
  bool stands(const ClientTrust& trust, WallNs now);

  /// error is a short text of the last failure for logs, valid until the next call.
  const char* error() const { return error_; }

 private:
  friend int engine_bio_read(bio_st*, char*, int);
  friend int engine_bio_write(bio_st*, const char*, int);
  friend bool take_client(ssl_st*, uint8_t*);
  bool attach(ssl_st* ssl, Sink sink);
  Io outcome(int result);
  Io fail(int ssl_error);
  Io check_resumed();

  ssl_st* ssl_ = nullptr;
  Sink sink_;
  ByteView input_;
  std::unique_ptr<char[]> folded_name_;  // lower-case copy, only when the client sent upper case
  ByteView version_, cipher_;            // static strings, once established
  std::unique_ptr<ClientCertificate> certificate_;
  std::string refused_;                  // why the client's certificate is not believed
  bool established_ = false;
  bool close_sent_ = false;
  bool failed_ = false;
  bool sink_full_ = false;
  char error_[120] = {};
};

}  // namespace gatehouse::tls
