// One seeded world: the product's workers on simulated rings, scripted clients and origins around
// them, a simulated control thread and writer thread, and checks on everything they see.
#pragma once

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "book.h"
#include "client.h"
#include "config/snapshot.h"
#include "fiber.h"
#include "fixed.h"
#include "malformed.h"
#include "origin.h"
#include "ring_sim.h"
#include "scribe.h"
#include "token_client.h"
#include "worker/worker.h"

namespace gatehouse::sim {

inline constexpr const char* kCredentialField = "X-Origin-Key";
inline constexpr const char* kTokenPath = "/oauth/token";
inline constexpr const char* kCredential = "origin-credential-0123456789";

std::string chunked(const std::string& body, Random& random);

/// World is one run. run() returns true when every check held; what did not is printed.
class World {
 public:
  World(uint64_t seed, Fixed& fixed, bool print_trace);
  ~World();
  World(const World&) = delete;

  bool run();

  Kernel& kernel() { return kernel_; }
  Faults& faults() { return kernel_.faults(); }
  Book& book() { return book_; }
  bool tls() const { return tls_clients_ || tls_origins_; }
  bool tls_clients() const { return tls_clients_; }
  /// turns_away: there may be more clients at once than the gateway lets in.
  bool turns_away() const { return limits_.connections < 32; }
  const tls::ClientSettings& trust() const { return *fixed_.trust; }
  const tls::ServerSettings& origin_settings() const { return *fixed_.origin_settings; }
  const tls::ServerSettings& impostor_settings() const { return *fixed_.impostor_settings; }
  /// draw_tampered says which byte of a TLS connection is changed: of the handshake or behind it.
  uint64_t draw_tampered() { return random_.below(random_.one_of<uint64_t>({600, 3000, 50'000})); }
  const std::string& token(const Ask& ask) const {
    return ask.caller == Caller::member ? fixed_.member_tokens[ask.member()] : fixed_.tokens[static_cast<size_t>(ask.caller)];
  }
  const std::string& member_token() const { return fixed_.tokens[static_cast<size_t>(Caller::member)]; }
  /// holds_token says whether a member's token stands in the bytes.
  bool holds_token(ByteView bytes) const {
    return std::any_of(fixed_.token_marks.begin(), fixed_.token_marks.end(),
                       [bytes](const std::string& mark) { return bytes.find(mark) != ByteView::npos; });
  }
  /// told is the fields with which an origin is told of a request; nothing where no routes are.
  std::vector<std::pair<std::string, std::string>> told(const Ask& ask) const;
  Address gateway_address() const { return gateway_; }
  Address client_address(uint32_t number) const;
  /// proxy_header is what a client's connection begins with: nothing, or a PROXY v2 header that names another address.
  std::string proxy_header(uint32_t number) const;
  MonotonicNs hold_deadline() const { return deadlines_.hold; }

  void trace(const char* who, uint64_t number, const char* what, const char* format, ...)
      __attribute__((format(printf, 5, 6)));
  /// fail notes a broken promise; the run goes on to its end or to the first few of them.
  void fail(const char* format, ...) __attribute__((format(printf, 2, 3)));

  // Checks that need the whole world (checks.cc).
  bool seen_id(const std::string& id) { return !ids_.insert(id).second; }
  void check_refusal(Ask& ask, const Message& message);
  void check_unanswered(Ask& ask, bool begun);

  // Tokens (tokens.cc).
  Exchanged* make_assertion(size_t bytes, bool good);
  void check_token_refusal(const Exchanged& one, const Message& message);

  uint64_t exchanges() const { return exchanges_; }
  /// lines are the malformed messages that this world's ends say.
  Lines& lines() { return lines_; }

 private:
  struct Station {  // one worker and what surrounds it
    std::unique_ptr<char[]> memory;
    ByteSpan ring_memory;
    std::unique_ptr<record::RingLog> log;
    std::unique_ptr<Scribe> scribe;
    telemetry::WorkerMetrics metrics;
    std::unique_ptr<proxy::WorkerQueue> inbox;
    std::unique_ptr<proxy::ControlQueue> outbox;
    std::unique_ptr<proxy::LogQueue> log_lines;
    std::unique_ptr<uring::Ring> ring;
    std::unique_ptr<worker::Worker> worker;
    std::unique_ptr<Fiber> fiber;
    int listener = -1;
    bool drained = false;
    bool lagging = false;  // the writer thread is stuck for now
    bool failing = false;  // the log takes nothing for now
    bool lossy = false;    // and once did not: records may be missing, never of what went on
    uint64_t epoch = 0;    // of the ledger that the worker has
    std::map<std::string, uint64_t> shut_out;   // exchanges that were under way when it revoked their callers; records there were
  };
  /// Sighting is an origin-facing connection as seen where bytes leave the gateway.
  struct Sighting {
    MessageReader reader{false};
    uint64_t entries_before = 0;  // records there were when the message began
    uint32_t station = 0;
    bool in_message = false;
    bool seen = false;
  };

  // world.cc
  void draw();
  const config::Snapshot* make_snapshot();
  void make_routes(config::Snapshot& snapshot);
  void publish();
  void released(uint32_t index, const config::Snapshot* snapshot);
  void start_worker(uint32_t index);
  void start_clients();
  void serve_origin(const Address& address, bool secured);
  void plan_clock_jump();
  void plan_snapshot();
  // tokens.cc
  void give_tokens(config::Snapshot& snapshot) const;
  void prove_later(uint32_t index, const std::shared_ptr<proxy::Proving>& proving);
  void check_tokens();
  // revocation.cc
  void plan_revocation();
  void revoke(bool now);
  void look_for_ledger(Station& station);
  void shut_out(Station& station);
  void check_shut_out(const Station& station);
  bool sleep_until_something();
  void loop(const std::function<bool()>& finished, MonotonicNs bound, const char* what);
  void control();
  void hear(uint32_t index, proxy::ToControl& message);
  void answer_later(uint32_t index, const proxy::ToControl& message);
  void inspect_later(uint32_t index, const std::shared_ptr<proxy::Inspection>& inspection);
  void look_at(uint32_t index, const proxy::ToControl& message);
  void ask_to_see(uint32_t index, const ExchangeId& exchange);
  void shown(uint32_t index, const proxy::ToControl& message);
  void tell(uint32_t index, proxy::ToWorker&& message);
  void write_records();
  void fail_records(Station& station);
  void end_workers();

  // checks.cc
  void transmitted(uint32_t station, const Wire& wire, ByteView bytes);
  void check_sighting(Sighting& sighting);
  void check_tales();
  void check_tale(const Tale& tale, bool open);
  void check_content(const Tale& tale, const Ask& ask);
  bool may_be_open(const Station& station) const;
  void check_counts(const Station& station);
  void check_rings();
  void check_credit(const Station& station);
  void check_pins(uint32_t index);
  bool explained(uint64_t code) const;
  bool any(std::initializer_list<Fault> kinds) const;

  const uint64_t seed_;
  Lines lines_;
  Fixed& fixed_;
  Kernel kernel_;
  Random random_;
  Book book_;
  Limits limits_;
  Deadlines deadlines_;
  bool tls_clients_ = false;
  bool tls_origins_ = false;
  bool routed_ = false;       // routes say where requests go, not rules
  bool proxied_ = false;      // clients come through a proxy
  uint32_t addresses_ = 1;    // of an origin; the first of two is dead or alive
  bool first_dead_ = false;
  Address gateway_, plain_origin_, secure_origin_, dead_origin_, second_origin_;
  Random revoking_, tokens_random_;   // of their own: the worlds of before stay what they were
  std::vector<std::unique_ptr<Exchanged>> assertions_;
  std::vector<std::shared_ptr<TokenClient>> token_clients_;
  bool revoked_ = false;      // the callers' subject is, or soon will be, by every worker's ledger
  bool ever_revoked_ = false;
  identity::LedgerRef ledger_ = identity::Ledger::none();
  bool record_block_ = true;  // what a full log does to exchanges: wait, or be refused
  struct Published {
    std::unique_ptr<config::Snapshot> snapshot;  // freed when nobody uses it: a late look at it shows
    uint32_t users = 0;                          // a bit for every worker that has not let go of it
  };
  std::vector<Published> snapshots_;  // by version, from 1; the last is in force
  guard::Inspector inspector_;   // of the job threads
  std::vector<std::unique_ptr<Station>> stations_;
  std::vector<std::shared_ptr<Client>> clients_;
  std::vector<std::shared_ptr<Origin>> origins_;
  std::map<uint64_t, Sighting> sightings_;  // by connection
  std::set<std::string> ids_;
  struct Viewing {          // a person reads what is held, piece by piece
    SlotId session;
    const Ask* ask = nullptr;
    crypto::Sha256 digest{};
    std::string seen;
  };
  std::map<ExchangeId, Viewing> viewings_;
  std::vector<const Ask*> unanswered_;  // connections that the gateway ended under an open question
  uint32_t failures_ = 0;
  uint64_t exchanges_ = 0;
  bool ending_ = false;   // drain has begun
  bool stopped_ = false;  // in the middle of exchanges: what a full log did not take stays unrecorded
};

}  // namespace gatehouse::sim
