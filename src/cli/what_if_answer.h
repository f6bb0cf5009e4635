// One recorded answer through a candidate's guards and masks, in any pieces, beside what the client got then.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/arena.h"
#include "cli/change_merge.h"
#include "config/snapshot.h"
#include "guard/guard.h"
#include "http/message.h"
#include "mask/mask.h"
#include "mask/value_check.h"
#include "policy/policy.h"
#include "proxy/heads.h"
#include "proxy/mask_work.h"

namespace gatehouse::cli {

/// Tools are what a worker has for guards and masks, of one candidate. One thread.
struct Tools {
  explicit Tools(const config::Snapshot& candidate);

  const config::Snapshot& snapshot;
  guard::Inspector inspector;
  mask::Masker masker;
  mask::ValueCheck value_check;
  proxy::MaskWorkPool works;
  proxy::MaskWorkPool spare;   // one, for whoever gives it back at once
  std::unique_ptr<http::RequestHead> request = std::make_unique<http::RequestHead>();
  std::unique_ptr<http::ResponseHead> response = std::make_unique<http::ResponseHead>();
  Arena arena;
};

/// GuardFinding is one thing that a guard found, without what it found.
struct GuardFinding {
  std::string guard, effect, check, place;
  auto operator<=>(const GuardFinding&) const = default;
};
std::vector<GuardFinding> findings_of(const guard::Set& guards, const guard::Verdict& verdict);

/// AnswerThen is what the records say of an answer that went out whole.
struct AnswerThen {
  ExchangeId exchange;
  std::string method, origin_head, client_head;
  codec::Coding asked = codec::Coding::identity;   // content coding that the client asked for
  bool masked = false;          // by some mask: its content codings were taken off
  bool skipped = false;         // a part passed that no mask saw
  uint64_t bytes = 0;           // of the body as the origin sent it, as recorded
  std::vector<GuardFinding> found;
};

/// AnswerNow is what would become of it.
struct AnswerNow {
  Reason reason = Reason::none;        // why it would be refused, or cut; then nothing below is of use
  uint64_t anew = 0, no_longer = 0, otherwise = 0;   // places
  bool bytes_differ = false;           // no place differs, and the bytes do
  struct Place {
    ChangeMerge::How how;
    MaskedPlace place;
  };
  std::vector<Place> places;           // the first kPlacesShown
  std::vector<std::string> fields_gone, fields_new;   // names; one whose value is another stands in both
  bool status_line_differs = false;
  std::vector<GuardFinding> found;     // by the candidate's guards of answers

  static constexpr size_t kPlacesShown = 32;
  bool body_changes() const { return anew + no_longer + otherwise > 0 || bytes_differ; }
  bool head_changes() const { return status_line_differs || !fields_gone.empty() || !fields_new.empty(); }
};

/// AnswerRun takes an answer's pieces as they are recorded. Memory: as the gateway's own for one answer, which is at most what
/// guards look at, or a masked stream's; besides, the changes of what masks have not let go yet.
class AnswerRun {
 public:
  /// `why_not` gets why it cannot be looked at (then nothing else may be called), "" where it can. nullptr: all of the tools' works
  /// are lent; come again.
  static std::unique_ptr<AnswerRun> begin(Tools& tools, const policy::Decision& decision, const config::Route* route,
                                          AnswerThen then, std::string* why_not);
  ~AnswerRun();
  AnswerRun(const AnswerRun&) = delete;

  /// holds is the most of the body that is held at once, beside a masked stream's memory.
  static uint64_t holds(const config::Snapshot& candidate, const policy::Decision& decision, const config::Route* route,
                        const AnswerThen& then);

  /// take is one piece as it went to the client, with its map; false when they do not fit each other.
  bool take(ByteView bytes, ByteView map);
  /// finish takes the map of a body that was masked as a whole; false as above. Then outcome() is there.
  bool finish(ByteView map);
  const AnswerNow& outcome() const { return now_; }

 private:
  AnswerRun(Tools& tools, const policy::Decision& decision, const config::Route* route, AnswerThen then);
  bool begin_body();
  Reason start_stream();
  Reason judge_head();
  void compare_heads();
  bool original(ByteView bytes);
  Reason run(ByteView content);
  Reason masks(ByteView content);
  Reason decode(ByteView coded);
  Reason end_stream();
  Reason whole(ByteView content);
  Reason apart(ByteView content);
  Reason guards(ByteView body);
  bool changes_then(ByteView map);
  void changes_now(ByteView map);
  void drain();

  const Limits& limits() const { return route_ != nullptr ? route_->limits : tools_.snapshot.limits; }

  Tools& tools_;
  policy::Decision decision_;
  guard::Selection guards_ = 0;
  const config::Route* route_;
  const config::Origin& origin_;
  AnswerThen then_;
  AnswerNow now_;
  proxy::Left left_;
  codec::Codings codings_;       // to be taken off
  bool masking_ = false;         // masks change the body
  bool collects_ = false;
  bool masker_ = false;          // as a whole
  bool coded_as_is_ = false;
  bool decoded_ = false;         // what is recorded has its codings off
  bool went_whole_ = false;      // masked then as a whole: its map comes last
  proxy::MaskWork* work_ = nullptr;
  std::string collected_;        // of the origin's body
  std::string went_;             // what went to the client, where its map comes last
  std::string undone_;
  uint64_t then_at_ = 0, now_at_ = 0;   // of the origin's body: how far changes are known
  crypto::Sha256Stream then_bytes_, now_bytes_;
  ChangeMerge merge_;
};

}  // namespace gatehouse::cli
