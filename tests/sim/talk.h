// What a scripted end says and hears over a wire: plain bytes, or TLS with the gateway's own engine.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "network.h"
#include "tls/engine.h"

namespace gatehouse::sim {

/// Pace is how fast an end moves bytes: at most `bytes` in one step, steps `delay` apart, for `steps`
/// steps; then as fast as the wire.
struct Pace {
  size_t bytes = SIZE_MAX;
  MonotonicNs delay = 0;
  uint32_t steps = 0;
};

/// Talk is one side of a connection above the transport. One owner, not movable while TLS is used.
class Talk {
 public:
  enum class State : uint8_t { open, ended, reset, failed };

  /// preface goes out before anything else, also before TLS.
  void preface(std::string bytes) { out_ = std::move(bytes); }
  void begin(Wire wire) { wire_ = std::move(wire); }
  bool begin_client(Wire wire, const tls::ClientSettings& settings, const char* server_name);
  bool begin_server(Wire wire, const tls::ServerSettings& settings);

  void say(ByteView bytes) { unsent_ += bytes; }
  /// move sends what was said and appends what was heard, at most `most` bytes of the wire each way.
  State move(size_t most, std::string* heard);

  /// finish sends close_notify and FIN once all else is sent, as fast as the wire takes it; what comes is
  /// still heard. finished() says when that is done.
  void finish();
  bool finished() const { return finished_; }
  /// close ends it now: with close_notify, as far as the wire takes it. cut leaves close_notify out.
  void close();
  void cut() { wire_.close(); }
  void reset() { wire_.reset(); }
  Wire& wire() { return wire_; }
  bool more_to_hear() const { return !end_heard_ && wire_.readable(); }

  bool wants_to_send() const { return !out_.empty(); }  // and the wire, or its pace, did not let it
  bool all_sent() const { return unsent_.empty() && out_.empty(); }
  uint64_t sent() const { return sent_; }  // bytes on the wire
  bool secured() const { return !tls_ || tls_->established(); }

 private:
  static bool take(void* self, ByteView ciphertext);
  State hear(size_t most, std::string* heard);
  State decrypt(std::string* heard);
  void speak(size_t most);

  Wire wire_;
  std::unique_ptr<tls::Engine> tls_;
  std::string unsent_;  // plaintext that was said
  std::string out_;     // bytes for the wire
  std::string in_;      // ciphertext lent to the engine
  uint64_t sent_ = 0;
  bool finishing_ = false;
  bool finished_ = false;
  bool end_heard_ = false;
  bool broken_ = false;  // a write failed: there is nobody to talk to
};

}  // namespace gatehouse::sim
