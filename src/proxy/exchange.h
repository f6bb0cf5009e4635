// One request and its answer: the story of Gatehouse, stage by stage.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>

#include "base/arena.h"
#include "erase/erase.h"
#include "http/h1_parser.h"
#include "policy/policy.h"
#include "proxy/halves.h"
#include "proxy/heads.h"
#include "proxy/judge.h"
#include "proxy/pace.h"
#include "proxy/refusal.h"
#include "proxy/station.h"
#include "proxy/token_request.h"
#include "proxy/trace.h"
#include "record/entry.h"

namespace gatehouse::proxy {

class Session;

inline constexpr uint64_t kRecordSlack = 8 * 1024;   // bytes: a record's header and sections around a piece

/// Stage is where an exchange stands. Stages follow each other downwards; refuse can follow any up to
/// connect (and relay, as long as the client has not seen a byte of an answer).
enum class Stage : uint8_t {
  idle,            // between requests: nothing has arrived
  read_head,
  identify,
  decide,
  collect_body,    // decide asked for it: nothing goes to the origin before the whole body is seen
  give_token,      // a token request: its assertion is with a job thread
  inspect,         // guards look at it; then it is decided again
  await_approval,
  pick_origin,
  connect,
  send_head,       // the request record, then the first byte to the origin
  relay,           // two halves, one per direction
  answer_self,     // the gateway's own answer, where it is not a refusal
  refuse,          // our own answer instead of the origin's
  deliver,         // everything is queued: wait until the transport took it
  finish,          // the single exit: closing record, memory given back
  done,            // the session decides what comes next
};

enum class Ender : uint8_t { nobody, client, origin, gateway };

/// Bounds of what one record names; a request record must fit Sections.
inline constexpr size_t kRecordedGroupsMax = 32;
inline constexpr size_t kRecordedNamesMax = 8;
inline constexpr size_t kRecordedCertificateNamesMax = 4;

/// Step is what a stage came to.
struct Step {
  enum class Kind : uint8_t {
    next,    // go on with the stage that is set now
    wait,    // something that was armed must happen first
    reply,   // refuse with `reason`; the client can be answered
    abort,   // end without an answer; `ender` says who is the cause
  };
  Kind kind = Kind::next;
  Reason reason = Reason::none;
  Ender ender = Ender::nobody;

  static Step next() { return {}; }
  static Step wait() { return {Kind::wait, Reason::none, Ender::nobody}; }
  static Step reply(Reason reason) { return {Kind::reply, reason, Ender::gateway}; }
  static Step abort(Ender ender, Reason reason) { return {Kind::abort, reason, ender}; }
};

/// DecisionNames is what the records call a decision: views into the snapshot, or into the arena of an exchange
/// that was held. Unused places are empty.
struct DecisionNames {
  std::array<ByteView, policy::kDecisionRulesMax> rules;
  std::array<ByteView, kRecordedNamesMax> guards;
  std::array<ByteView, kRecordedNamesMax> masks;
  ByteView route;
  ByteView policy_hash;
  uint64_t version = 0;
};

/// Times are nanoseconds of the monotonic clock; zero = not reached.
struct Times {
  MonotonicNs start = 0, head = 0, decided = 0, connected = 0, sent = 0, answered = 0, committed = 0;
  WallNs wall = 0;
};

/// Exchange owns its memory, its origin link and its place in the records. Lives in its session and
/// is used again for the session's next request. Invariants:
/// 1. no byte goes to the origin before the request record with verdict allow is in the ring;
/// 2. every piece is in the ring before its send is queued, the outcome before the answer's last byte;
/// 3. finish runs exactly once per begun exchange and writes exactly one close record;
/// 4. a stage arms at most one wait, and every wait has a deadline; a wait for the body of a request also has a least rate;
/// 5. from its first byte to its end it uses one snapshot, pinned; while it is held none, and then another one;
///    likewise while it waits for its issuer's keys.
class Exchange {
 public:
  Exchange(Session& session, Station& station);
  Exchange(const Exchange&) = delete;
  ~Exchange();

  /// advance runs stages until one waits. Called whenever something happened to one of its links, a
  /// person answered, or time passed.
  void advance();

  /// expired is called when the deadline or the nudge has come.
  void expired(MonotonicNs now);

  /// answered delivers a person's answer.
  void answered(const ToWorker& answer);
  /// show fills `held` and, while this exchange waits for a person, `bytes`.
  void show(const ToWorker& asked, ToControl& shown) const;

  /// inspected brings back what was looked at on another thread; false when it is of another exchange.
  bool inspected(Inspection& inspection);

  /// proved brings back an assertion; one of another exchange is passed over.
  void proved(Proving& proving);

  /// keys_asked tells that the issuer it waited for was asked.
  void keys_asked();

  /// ledger_changed looks whether the caller is still believed, by the station's ledger of now; true when it is not: the
  /// exchange ends with caller_ended, and no more of it is read or sent.
  bool ledger_changed();

  /// committed tells that more of the records is durable than before.
  void committed();

  /// client_gone tells that the session ended under it; finish still runs.
  void client_gone(Reason reason);

  Stage stage() const { return stage_; }
  bool idle() const { return stage_ == Stage::idle; }
  bool done() const { return stage_ == Stage::done; }
  /// yielded: it did as much in this turn as it may; advance() goes on.
  bool yielded() const { return yielded_; }
  /// reusable: after done, whether the connection may serve another request.
  bool reusable() const { return reusable_; }
  /// cut: after done, whether an answer ended in its middle.
  bool cut() const { return cut_; }
  /// passes_for_whole: after done, whether a proper end of the connection would pass a cut answer off as whole,
  /// because only the end of the connection ends it (HTTP/1.0).
  bool passes_for_whole() const { return cut_ && response_.until_close; }
  /// restart makes it ready for the next request of the session.
  void restart();
  /// wake_at is when expired() wants to be called; kNever when not at all.
  MonotonicNs wake_at() const { return std::min({deadline_, nudge_, caller_due_, body_pace_.due()}); }
  /// bulk says whether the client sends a large body: single receives instead of repeating ones.
  bool bulk() const;

  net::Link* origin_link() const { return origin_; }
  const ExchangeId& id() const { return id_; }

 private:
  void begin_turn() {
    yielded_ = false;
    turn_recorded_ = 0;
  }

  /// yield waits for nothing: the others have their turn first.
  Step yield() {
    yielded_ = true;
    return Step::wait();
  }

  // Stages, in order.
  Step run_stage();
  Step idle_stage();
  Step read_head();
  Step identify();
  Step decide();
  Step collect_body();
  Step give_token();
  Step answer_self();
  Step await_approval();
  Step pick_origin();
  Step connect();
  Step send_head();
  Step relay();
  Step refuse();
  Step deliver();
  Step finish();

  // Halves of relay.
  Step relay_request();
  Step stream_request();
  Step next_payload(ByteView* payload);
  Step send_collected();
  Step relay_response();
  Step read_response_head();
  Step start_response();
  Step look_at_head();
  Step start_looking();
  Step start_streaming();
  Step collect_response();
  Step mask_response();
  Step apply_masks(ByteView body);
  bool may_wait_for_whole();
  Step begin_masking();
  Step mask_as_it_comes();
  Step more_content();
  Step more_of_body(ByteView* payload);
  Step decode_content();
  Step send_slice();
  Step send_held(size_t withheld, size_t newest);
  Step send_masked_bytes(ByteView masked, ByteView map, uint32_t changes);
  Step end_masking();
  Step mask_fault(Reason reason) const;
  Step write_content(ByteView bytes);
  void write_part(ByteView bytes);
  void flush_content(bool last);
  void give_back_work();
  Step send_masked();
  Step stream_response();
  const crypto::SecretForms* error_forms() const;
  crypto::SecretFilter::Passed filtered(ByteView piece) const;
  bool holds_credential(ByteView whole) const;
  bool blank_credential(ByteSpan head) const;
  Step pass_on(ByteView piece, bool last);
  Step send_piece(ByteView bytes, bool last);
  Step origin_ended(net::Input input);
  Step origin_fault(Reason reason) const;
  bool may_resend() const;
  Step send_again();
  Step try_next(Reason reason);
  bool is_origins_own();
  Bound bound_hit();
  Step answer_complete();
  Step relay_expired() const;
  Step wait_for_body();
  uint64_t body_come() const { return stage_ == Stage::collect_body ? body_.size() : request_.recorded; }
  Step too_slow(MonotonicNs now);

  // Parts.
  Step take_route();
  Step verify_caller();
  const config::ClientRules* client_rules() const;
  Reason check_sender() const;
  bool certificate_revoked() const;
  Reason check_binding() const;
  Step certificate_caller(Reason otherwise);
  Step take_certificate(const tls::ClientCertificate& shown);
  Reason still_sent_by();
  void record_sender();
  Step prove_caller();
  Step verify(ByteView token);
  Step verify_key(ByteView key);
  Step ask_for_keys(Reason reason, ByteView token);
  Reason caller_standing();
  bool end_if_not_believed();
  Step verify_assertion(ByteView text);
  Step send_to_prove(ByteView text, identity::SamlUse use);
  bool may_prove() const;
  void count_failure(Reason reason);
  bool is_own() const;
  Step own_request();
  ByteView own_head(size_t body_bytes);
  Step own_refusal(TokenError error, ByteView allow = {});
  Reason too_large(uint64_t bytes) const;
  Reason still_believed() const;
  Step inspect();
  Step send_away(const guard::Request& request, guard::Selection guards, Body& body);
  Step guarded(const guard::Verdict& verdict);
  uint64_t answer_guards() const;
  Step guard_answer(uint64_t guards);
  Step answer_guarded(const guard::Verdict& verdict);
  Step ask_person();
  Step released();
  Step end_hold();
  void keep_names();
  approve::Bound bound(ByteView origin_head, ByteView origin_name, ByteView policy_hash) const;
  void pin_again();
  void refuse_with(const Step& step);
  Step continue_interim();
  Step read_client(bool* progressed);
  static void fill_up(net::Link& link, InputBlock& in);
  Step fill_origin_block(net::Input* input);
  Step room_for(uint64_t bytes);
  crypto::Sha256 binding(ByteView origin_head) const;
  Verified verified() const;
  ByteView build_origin_head();
  bool present_credential();
  Step keep_masked();
  void give_back_borrowed();
  ByteView origin_bytes() const;
  void take_origin_bytes(size_t count);
  Step build_answer_head(http::Framing framing, uint64_t length);
  bool write_client(std::initializer_list<ByteView> parts);
  ByteView unsent_head() const { return answer_started_ ? ByteView{} : response_.client_head; }
  void blank_injected(bool forwarded);
  void end_with(Reason reason, Ender ender);
  void release_origin(bool reuse);
  void forget_body();
  void count_end();
  void give_back();
  Step drain_request();

  // Records (exchange_records.cc). ok or full/failed as the log says; full is turned into a wait.
  using Direction = record::Direction;
  Step record_request(ByteView origin_head);
  Step record_piece(Direction direction, uint64_t offset, ByteView bytes, ByteView map = {});
  Step record_outcome(int status);
  Step record_close();
  Step record_approval(ByteView step, ByteView by, ByteView note);
  Step append(record::Kind kind);
  Step appended(record::Append result);
  Step record_decision();
  bool owes_decision() const;
  void hold_answer();
  void wait_for_commit();
  bool durable() const;
  bool log_broken() const;
  void let_answer_go();
  bool is_coded() const;
  bool begin_coded();
  Step record_coded(uint64_t offset, ByteView bytes);
  bool has_turn();
  Step settle(Body& body);
  void begin_content_record();
  Step record_content(bool last);
  Step end_coded();
  void give_back_coded();
  bool request_complete() const;
  Step record_refused();
  Step record_own_answer(ByteView body);
  ByteView collected() const;
  Step record_digest(Direction direction, uint64_t offset, ByteView bytes);
  bool is_last(uint64_t offset, ByteView bytes) const;
  ByteView without_secrets(uint64_t offset, ByteView bytes, bool last);
  void begin_erasing();
  /// secret: some field of it is (has_secrets, sets_secrets: of what a client or an origin sends, and of what a route adds).
  void add_head(record::Tag tag, ByteView head, bool kept, bool secret);
  bool has_secrets(const http::FieldList& fields) const;
  bool sets_secrets() const;
  void add_body(ByteView bytes);
  void add_map(ByteView map);
  crypto::Sha256 keyed(ByteView bytes) const;
  bool keeps(policy::Keep least) const { return decision_.keep >= least; }
  uint64_t map_bytes(ByteView map, uint32_t changes) const;
  void add_identity();
  void add_decision(bool forwarded);
  DecisionNames decision_names() const;
  ByteView rule_name() const;
  void log_line();

  http::RequestHead& request() const { return heads_->request; }
  http::ResponseHead& response() const { return heads_->response; }
  void set_deadline(MonotonicNs after) { deadline_ = station_.now() + after; }
  const config::Snapshot& snapshot() const { return *pinned_->snapshot; }
  /// route is the one that the request took, in the snapshot that is pinned now; null when there is none.
  const config::Route* route() const { return route_of(snapshot(), facts_); }
  const Limits& limits() const { return route() == nullptr ? snapshot().limits : route()->limits; }
  json::Leniency leniency() const { return route() == nullptr ? json::Leniency{} : route()->leniency; }
  const Deadlines& deadlines() const { return route() == nullptr ? snapshot().deadlines : route()->deadlines; }
  ByteView route_name() const {
    if (kept_names_ != nullptr) return kept_names_->route;
    return route() == nullptr ? ByteView{} : ByteView{route()->name};
  }
  const config::Origin& origin() const { return snapshot().origins[decision_.origin]; }
  net::OriginWays& ways() const { return pinned_->ways[decision_.origin]; }
  void pin();
  void unpin();
  void take_tenant();

  Session& session_;
  Station& station_;
  Stage stage_ = Stage::idle;
  MonotonicNs deadline_ = kNever;
  MonotonicNs nudge_ = kNever;     // when to look again (the record log was full)
  MonotonicNs caller_due_ = kNever;   // when to look again whether the caller's credential has ended
  Pace body_pace_;                 // of the client's body; rests unless that is what it waits for
  bool body_awaited_ = false;      // by this step
  bool yielded_ = false;           // this step did enough for one turn
  uint64_t turn_recorded_ = 0;     // bytes of bodies that this step recorded, where it may yield for them
  MonotonicNs full_since_ = 0;     // since when the log has been full
  Pinned* pinned_ = nullptr;
  const record::TenantKey* tenant_ = nullptr;   // whose it is; of the snapshot that is pinned, or kept here:
  std::shared_ptr<const record::TenantKey> kept_tenant_;
  Arena arena_;

  ExchangeId id_;
  Times times_;
  Heads* heads_ = nullptr;         // borrowed while an exchange is under way
  ByteView raw_head_;              // as received; credentials are blanked once they were verified
  ByteView path_;                  // normal form, as the client asked
  Trace trace_;                    // views into raw_head_
  identity::IdentityRef identity_;
  enum class KeysWait : uint8_t { none, waiting, over };
  KeysWait keys_wait_ = KeysWait::none;   // at most once per request
  ByteView token_;                 // in the arena: what is verified after the wait

  // What the gateway answers itself, and assertions on their way through a job thread (exchange_token.cc).
  enum class Own : uint8_t { no, token, keys };
  enum class ProofWait : uint8_t { none, waiting, over };
  Own own_ = Own::no;
  ProofWait proof_wait_ = ProofWait::none;   // at most once per request
  Reason proof_reason_ = Reason::none;       // what came back
  crypto::Sha256 proof_key_{};               // of the cache
  identity::GatewayToken given_;             // its text only until it was written
  WallNs given_at_ = 0;
  TokenError token_error_ = TokenError::none;
  ByteView allow_;                           // of a refused method
  bool basic_ = false;                       // a token request came with HTTP Basic
  bool assertion_ = false;                   // the credential is a SAML assertion
  policy::Decision decision_;
  policy::Facts facts_;
  http::BodyDecoder decoder_;      // while collecting
  Body body_;
  bool body_complete_ = false;
  bool body_forgotten_ = false;    // a collected body was given back
  bool continue_sent_ = false;

  // Guard evidence, approval.
  struct GuardHit {
    ByteView guard, effect, check, place, evidence;   // in the arena
    uint64_t offset;
  };
  std::span<const GuardHit> keep_hits(const guard::Verdict& verdict);
  void add_hits(std::span<const GuardHit> hits);
  std::span<const GuardHit> guard_hits_, answer_hits_;   // in the arena
  std::shared_ptr<const Inspection> away_;     // its body, or the answer's, is with a job thread: both may read it
  bool answer_looked_at_ = false;              // there; then
  Step answer_step_ = Step::next();            // what follows
  bool held_ = false;              // counted in station.held
  bool asked_ = false;             // on the board of the control thread
  bool answer_pending_ = false;
  bool consumed_recorded_ = false;
  bool hold_end_owed_ = false;     // how the hold ended is not recorded yet
  const DecisionNames* kept_names_ = nullptr;   // in the arena; while held, no snapshot is pinned
  ToWorker answer_;
  std::array<uint8_t, 32> bound_{};
  ByteView held_origin_;           // its name, in the arena

  // The origin leg.
  net::Link* origin_ = nullptr;
  SlotId origin_id_;
  uint32_t way_ = 0;               // the address that is used, of ways()
  uint32_t tried_ = 0;             // addresses that were tried, a bit each
  bool origin_reused_ = false;
  bool resent_ = false;            // the request goes out a second time
  uint64_t origin_bytes_before_ = 0;   // sent on the link before this request
  InputBlock origin_in_;
  ByteView origin_head_;           // as recorded: credential blanked
  ByteSpan credential_;            // its place in origin_head_
  RequestHalf request_;
  Body answer_body_;
  ResponseHalf response_;

  // The end.
  Reason reason_ = Reason::none;
  OriginWait origin_wait_ = OriginWait::connection;   // what was waited for when it was refused
  Ender ender_ = Ender::nobody;
  int status_ = 0;                 // sent to the client
  bool request_recorded_ = false;
  std::unique_ptr<erase::Eraser> eraser_;   // of the request's body as it is recorded
  bool decision_recorded_ = false; // in the stream of decisions
  bool counts_as_open_ = false;    // a record of it found room by which readers take it for open
  record::Chain request_chain_{};  // of the request's record; zeros: there is none, or it found no room
  uint64_t commit_at_ = 0;         // the answer waits until the records are durable up to here; 0: it does not
  uint64_t decided_at_ = 0;        // and the decisions up to here
  bool commit_listed_ = false;     // in station.commit_waiters
  bool erasing_ = false;           // it was begun for this request
  uint64_t erased_at_ = UINT64_MAX;    // offset of the piece that it looked at last
  CodedBody* coded_ = nullptr;     // borrowed while the request's body is in a content coding, and its content is recorded
  uint64_t coded_bytes_ = 0;       // of such a body, in records
  bool refused_ = false;           // its request record says that nothing of it goes to an origin
  uint64_t refused_recorded_ = 0;  // bytes of a refused body in records
  bool own_recorded_ = false;      // the body of our refusal is, as far as the level says
  bool coded_ended_ = false;       // its last record is written
  bool coded_busy_ = false;        // no CodedBody was left
  bool answer_started_ = false;    // the client link has been given bytes of an answer
  bool client_keeps_alive_ = true; // the answer's framing lets the connection live
  bool cut_ = false;               // the answer ended in its middle
  bool reusable_ = false;
  size_t undelivered_ = 0;         // in stage deliver: what the client had still to take when it was last looked at
  bool close_written_ = false;
  bool begun_ = false;             // counted: exactly one close record is owed
};

}  // namespace gatehouse::proxy
