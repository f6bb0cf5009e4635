// The control thread's connections: health and admin clients, and questions to issuers. The machines are
// elsewhere (HttpServer, KeyFetch); here they meet links.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/http_server.h"
#include "control/key_fetch.h"
#include "net/links.h"

namespace gatehouse::control {

class Front {
 public:
  /// Served answers one request; `by` is the caller on a Unix socket, empty elsewhere.
  using Served = std::function<Answer(const Request&, const std::string& by)>;
  /// Fetched is called once per fetch, with the machine at its end (done or failed).
  using Fetched = std::function<void(const KeyFetch&)>;

  static constexpr uint32_t kConversationsMax = 128;
  // Of connections on TCP, which anyone on this host may open, and on the Unix socket. Whoever comes when there are as many takes
  // the place of the one that has been silent longest: nobody keeps others out by holding connections.
  static constexpr uint32_t kOutsideMax = kConversationsMax / 2;
  static constexpr uint32_t kLocalMax = kConversationsMax / 4;

  static constexpr size_t kLocalBodyMax = 1024 * 1024;   // of a question on a Unix socket: lists of revocations

  /// Times bound waiting.
  struct Times {
    MonotonicNs progress = 10 * kNsPerSecond;  // a request or an answer that does not move
    MonotonicNs idle = 60 * kNsPerSecond;      // between requests
    MonotonicNs fetch = 5 * kNsPerSecond;      // a fetch, connecting included
    MonotonicNs later = 120 * kNsPerSecond;    // an answer that is promised
  };

  Front(uring::Ring& ring, MonotonicNs now) : Front(ring, now, Times{}) {}
  Front(uring::Ring& ring, MonotonicNs now, const Times& times);
  Front(const Front&) = delete;

  /// listen serves a listening descriptor (borrowed). `local`: a Unix socket whose callers are named; a
  /// connection whose caller the kernel does not name is dropped. Returns its number, for leave.
  uint32_t listen(int descriptor, bool local, Served served);

  /// leave accepts no more there, once the descriptor is shut down; connections go on. `socket` owns the descriptor
  /// and is let go when the kernel has done so.
  void leave(uint32_t number, std::shared_ptr<const void> socket);

  /// fetch asks once. `to` is copied; `settings` (null: plain) must outlive the fetch.
  void fetch(const FetchUrl& url, const Address& to, const tls::ClientSettings* settings, Fetched fetched) {
    ask(KeyFetch(url), url, to, settings, std::move(fetched));
  }
  void ask(KeyFetch question, const FetchUrl& url, const Address& to, const tls::ClientSettings* settings, Fetched fetched);

  /// answer gives a client what its request was promised (Answer::later); nothing when it has gone.
  void answer(SlotId asker, Answer answer);

  /// take works on a completion of an accept or a link; step does all that can be done in this turn. next says
  /// when step is due at the latest.
  void take(const uring::Completion& completion);
  void step(MonotonicNs now);
  MonotonicNs next() const { return touched_.empty() ? std::min(wheel_.next(), accept_again_) : 0; }

  /// stop ends all connections; turns go on until idle().
  void stop();
  bool idle() const { return links_.live() == 0 && conversations_.live() == 0; }

 private:
  struct Conversation {
    explicit Conversation(SlotId slot) : id(slot) {}
    SlotId id;
    net::Link* link = nullptr;
    std::string by;
    std::optional<HttpServer> server;
    std::optional<KeyFetch> question;
    Fetched fetched;
    TimerNode timer;
    bool local = false;          // on the Unix socket
    MonotonicNs moved = 0;       // when something last came, or went out
    bool asked = false;
    bool touched = false;
    bool gone = false;
  };
  struct Listening {
    int descriptor;
    bool local;
    bool armed;
    bool left;            // no longer accepted on; not armed: the place is free
    Served served;
    std::shared_ptr<const void> socket;   // while it is left and armed
  };

  void accepted(const uring::Completion& completion);
  void arm_accepts();
  void begin(Listening& listening, int descriptor);
  bool make_room(bool local);
  Conversation* make(net::Link* link);
  void touch(SlotId id);
  void step_server(Conversation& conversation, MonotonicNs now);
  void step_question(Conversation& conversation);
  void end_question(Conversation& conversation);
  void end(Conversation& conversation, bool gracefully);
  void expired(Conversation& conversation);

  uring::Ring& ring_;
  const Times times_;
  TimingWheel wheel_;
  net::Links links_;
  Slab<Conversation> conversations_;
  std::vector<Listening> listening_;
  std::vector<SlotId> touched_, stepping_, gone_;
  std::deque<SlotId> ended_;            // links, oldest first, that may still wait for the other side's FIN
  MonotonicNs accept_again_ = kNever;   // accepting pauses until then: descriptors or memory ran out
  bool stopping_ = false;
};

}  // namespace gatehouse::control
