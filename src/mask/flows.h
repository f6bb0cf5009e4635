// The flows of a body: which texts continue one another, with their overlaps. Included by mask/*.cc only.
#pragma once

#include "mask/joined.h"

namespace gatehouse::mask {

inline constexpr size_t kFlows = 4;              // at one time; the one that waited longest ends first
inline constexpr size_t kEdgeBytes = 1024;       // of a text's begin and end that are joined with its neighbours
inline constexpr uint64_t kFlowHeld = 64 * 1024; // raw bytes that a flow may hold back

/// Flows joins texts in the order of the body. Where the next text begins in the joined one is told by offsets, when there are
/// any; else both readings are tried: right behind, and overlapping by the longest text that ends one and begins the
/// other. Memory is bounded; the same texts make the same values, however the body came.
class Flows {
 public:
  void start(const Wanted* wanted, Taker* taker);

  /// A text of less than kEdgeBytes, whole.
  void add(const Site& site, const Strip& text);
  /// A longer one: head, when its first kEdgeBytes are there; then tail, when it ended: its last kEdgeBytes, what of them detectors have
  /// not seen or may still grow (from `open` on), and what goes on behind it. head returns what went on into it.
  Detector head(const Site& site, const Strip& text);
  void tail(const Site& site, const Strip& text, size_t open, Detector inside);

  /// end: UINT64_MAX when it is not told.
  void offsets(uint64_t key, uint64_t start, uint64_t end);
  void settle(uint64_t key);
  void end(uint64_t key);
  void end_all();
  /// look_through runs the detectors over what they have not seen, so that less is held.
  void look_through();

  /// check lets go of what is held for longer than kFlowHeld; the body has come to `at`.
  void check(uint64_t at) {
    if (at > due_) let_go(at);
  }
  /// held: where the raw bytes begin that may still be marked; UINT64_MAX: none are.
  uint64_t held() const;
  size_t memory_bytes() const;

 private:
  struct Flow {
    uint64_t key = 0;          // 0: free
    uint64_t used = 0;
    Room<char> pattern, field;
    Style style = Style::json;
    Joined main, plain;        // plain: without overlaps, while that is another text than main
    bool forked = false;
    Strip waiting;             // the last text, until its offsets may be known
    Room<uint64_t> numbers;    // its place's
    bool waits = false;
    bool exact = false;        // texts begin or end with blanks: nothing was cut off between them
    size_t overlap = 0;        // bytes that the text before shared with the one before it, as far as can be told
    bool has_offsets = false;
    uint64_t start = 0, end = 0;
    bool end_known = false;    // of the text that is last in main
    uint64_t last_end = 0;

    FlowSite site() const { return {{pattern.data(), pattern.size()}, {field.data(), field.size()}, style}; }
  };
  Flow* find(uint64_t key);
  Flow& flow_of(const Site& site);
  void keep_site(Flow& flow, const Site& site);
  void commit(Flow& flow);
  void learn_blanks(Flow& flow, ByteView text) const;
  size_t guess_overlap(Flow& flow, ByteView text);
  void join(Flow& flow, const Strip& text);
  bool overlap_from_offsets(Flow& flow, ByteView text, size_t* overlap, bool* breaks) const;
  void run(Flow& flow, bool open);
  void close(Flow& flow);
  void let_go(uint64_t at);
  bool held_by(const Flow& flow, uint64_t* raw) const;
  void reckon();

  const Wanted* wanted_ = nullptr;
  Taker* taker_ = nullptr;
  Flow flows_[kFlows];
  uint64_t turn_ = 0;
  uint64_t due_ = UINT64_MAX;   // check() has work behind this offset
  Room<uint32_t> failure_;      // of the search for overlaps
};

}  // namespace gatehouse::mask
