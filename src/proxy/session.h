// One client connection and its exchanges, in order.
#pragma once

#include "identity/token_memo.h"
#include "proxy/exchange.h"
#include "tls/clients.h"

namespace gatehouse::proxy {

/// Session owns the client's input and, for HTTP/1.1, one exchange at a time; HTTP/2 will have many.
/// The client link is owned by Links; the session lets it go when it ends. One worker's thread.
class Session {
 public:
  /// proxied: the client came through a proxy that says in a header of its own who it is (PROXY protocol), before
  /// TLS and HTTP begin.
  Session(SlotId id, Station& station, uint32_t listener, net::Link& client, bool proxied);
  Session(const Session&) = delete;
  ~Session();

  /// step does all that can be done now. Called by the worker once per turn when touched.
  void step();
  /// expired: the session's timer has come.
  void expired(MonotonicNs now);
  /// answered: a person's answer for the exchange it holds.
  void keys_asked() { exchange_.keys_asked(); }
  void committed() { exchange_.committed(); }
  /// ledger_changed: see Exchange; true when its exchange ends by it.
  bool ledger_changed();
  void answered(const ToWorker& answer);
  /// inspected: see Exchange.
  bool inspected(Inspection& inspection) { return exchange_.inspected(inspection); }
  /// proved: see Exchange.
  void proved(Proving& proving) { exchange_.proved(proving); }
  void show(const ToWorker& asked, ToControl& shown) const;
  /// drain: end after the running exchange, at once when idle.
  void drain() { draining_ = true; }
  /// retire: end with the next answer, which says so; a connection on which nothing comes ends soon by itself.
  void retire();
  /// stop: end now, whatever runs.
  void stop();

  bool gone() const { return gone_; }
  SlotId id() const { return id_; }
  uint32_t listener() const { return listener_; }
  bool draining() const { return draining_; }
  /// leaving: the answer whose head is written now is to be the last. What the client has sent already is answered.
  bool leaving() const { return draining_ || (retiring_ && in_.unread().empty()); }
  const std::string& client_text() const { return client_text_; }
  /// client_address is the client's, as its proxy told it where there is one.
  const Address& client_address() const { return client_address_; }
  /// proxy_text is the address of the proxy that named the client; empty when the client came by itself.
  const std::string& proxy_text() const { return proxy_text_; }
  /// certificate is the client's, verified in the handshake; null when it showed none. Whether it still stands: Exchange.
  const tls::ClientCertificate* certificate() const;
  bool idle() const { return exchange_.idle(); }
  /// wants_another_turn: after step(), whether work is left that only waited for others to have their turn.
  bool wants_another_turn() const { return exchange_.yielded(); }
  bool touched = false;            // in the worker's list of this turn

 private:
  friend class Exchange;
  bool establish();
  std::optional<bool> take_proxy_header();
  void refuse_proxy_header(ByteView why);
  void tell_refused_client();
  void count_end(Reason reason);
  void end(bool gracefully);
  void schedule();
  MonotonicNs idle_until() const;

  Station& station_;
  const SlotId id_;
  const uint32_t listener_;
  net::Link* client_;              // nullptr once it was let go
  Address client_address_;
  std::string client_text_;        // the same for records and log
  std::string proxy_text_;
  InputBlock in_;
  Exchange exchange_;
  TimerNode timer_;
  MonotonicNs handshake_deadline_;
  MonotonicNs idle_since_;
  uint32_t failed_tokens_ = 0;
  /// Holder is whom the client's certificate names under the configuration of this version.
  struct Holder {
    uint64_t version = UINT64_MAX;   // of none yet
    identity::IdentityRef identity;
    Reason reason = Reason::none;    // why nobody
  };
  Holder holder_;
  identity::TokenMemo memo_;
  bool proxy_header_due_;          // nothing else may come before it
  bool established_ = false;
  bool draining_ = false;
  bool retiring_ = false;
  bool gone_ = false;
};

}  // namespace gatehouse::proxy
