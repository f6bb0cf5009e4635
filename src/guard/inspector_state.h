// One thread's working memory for guards. Included by guard/*.cc only.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "guard/body.h"
#include "guard/search.h"
#include "guard/tracker.h"
#include "json/place.h"
#include "pattern/normal_form.h"

namespace gatehouse::guard {

inline constexpr uint32_t kNowhere = UINT32_MAX;
inline constexpr uint64_t kJudgedHere = 16 * 1024;   // bytes of statements that are judged without patience: half a millisecond
inline constexpr size_t kFindingsMax = 256;   // of one request; the effect counts whether they are kept or not

/// Nobody is a visitor of json::Document for whom its verdict is enough.
struct Nobody {
  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token&) {}
  void string(const json::Token&) {}
  void number(const json::Token&, json::NumberShape) {}
  void literal(const json::Token&) {}
};

/// Finding is a hit before it is known where it stands.
struct Finding {
  size_t guard = 0;
  Effect effect = Effect::block;
  ByteView check;
  uint32_t text = kNowhere;     // which text; else
  uint32_t leaf = kNowhere;     // which part of the body, and
  uint32_t token = kNowhere;    // which token of it
  uint32_t pattern = kNowhere;
  uint64_t offset = 0;
  std::string evidence;
};

inline constexpr size_t kStatementsMax = 10'000;  // of one request; more cannot be judged
inline constexpr uint64_t kCellsHere = 16 * 1024;  // of tables, empty ones too: a third of a millisecond
inline constexpr size_t kTextsMax = 1'000'000;    // of one request: a job thread's 32 MB; more cannot be inspected
inline constexpr size_t kTextsHere = 4096;        // of one request, without patience: a tenth of a millisecond

struct Inspector::State {
  // What is asked.
  const Set* set = nullptr;
  Selection guards = 0;
  const Request* request = nullptr;
  Patience patience = Patience::none;

  // What was read.
  BodyReader body;
  json::Document document;
  Tracker tracker;
  ShapeCheck shape;
  Texts texts;
  /// Marked is a text that pointers of guards name.
  struct Marked {
    uint32_t text;
    Selection commands, documents, addresses;
  };
  Room<Marked> marked;
  Room<char> parameters;         // of the query, as a document
  Room<char> nested;             // a text that is one
  json::Document inner;          // likewise
  pattern::NormalForm form;
  std::vector<ByteView> head_addresses;   // of the field under way

  // Who finds something in it.
  Search search;
  Room<Search::Match> matches;
  sql::Classifier classifier;

  // What was found.
  std::vector<Finding> findings;
  Effect effect = Effect::none;
  bool slow = false;
  uint64_t cells = 0;            // of tables, so far
  uint64_t judged = 0;           // bytes of statements
  Hit hits[kHitsMax];
  std::string places[kHitsMax];
  json::Place place;
  uint32_t placed = kNowhere;    // the leaf that `document` holds
  size_t classified = 0;         // statements so far

  const Set::State& rules() const { return set->state(); }
  void start(const Set& with, Selection selected, const Request& asked, Patience with_patience);

  // Reading (inspector.cc).
  void take_head();
  void take_addresses_of_head();   // fields.cc
  Reason take_query();
  Reason take_body();
  Reason take_parameters();
  void write_parameters(ByteView separators, bool typed);
  Reason take_leaf(uint32_t leaf);
  bool name_leaf(ByteView name, Selection* patterns);
  Reason take_json(uint32_t leaf, ByteView bytes);
  bool is_json(ByteView bytes);
  Reason take_form(uint32_t leaf, ByteView bytes);
  void take_cells(uint32_t leaf, ByteView bytes);
  void take_pieces(uint32_t leaf, ByteView bytes, uint64_t offset, ByteView ends);
  void take_text(uint32_t leaf, ByteView bytes, uint32_t token, uint64_t offset, Selection named = 0);
  Selection looking(Source source) const;
  bool wants_values() const;

  // Who looks at a value (named.cc).
  void start_pointers();
  void start_fields();
  bool start_document(ByteView name);
  Selection roles(Marked* mark);
  bool named_by(ByteView name, Selection* patterns);
  template <typename At>
  bool at_name(ByteView name, At&& at);
  template <typename At>
  void inside(std::span<const ByteView> steps, bool elements, At&& at);

  // Documents in texts (nested.cc).
  Reason take_nested();
  bool may_nest(uint32_t text) const;

  // Forms (forms.cc).
  bool take_forms();
  bool take_forms_of(uint32_t text, const Marked& here, bool plain);
  Selection interested(uint32_t text, const Marked& here) const;

  // Checks (checks.cc).
  Reason check_bulk_lines();
  void check_shape(uint32_t leaf);
  Reason check_patterns();
  void check_texts();
  void check_text(uint32_t text, const Marked& here);
  void check_key(uint32_t text, const Marked& here);
  void judge_statement(uint32_t text, Selection asked, bool anywhere);
  void judge_address(uint32_t text, Selection asked, bool anywhere);
  bool is_slow(ByteView text);
  /// crowded: so many texts take long to collect, or are more than are looked at.
  bool crowded() {
    if (texts.count() >= kTextsMax) return true;
    return slow = slow || (patience == Patience::none && (texts.count() >= kTextsHere || cells >= kCellsHere));
  }
  bool decided() const;

  // Telling (findings.cc).
  void found(Finding finding, Outcome outcome = Outcome::block);
  bool told_of_source(const Finding& finding) const;
  std::string evidence_of(const Finding& finding) const;
  std::span<const Hit> report();
  void show(const Finding& finding, Hit* hit) const;
  std::string place_of(const Finding& finding);
  std::string place_in_leaf(uint32_t leaf, uint32_t token);
};

/// for_each calls with the index of each guard of a selection.
template <typename Call>
void for_each(Selection guards, Call&& call) {
  for (; guards != 0; guards &= guards - 1) call(static_cast<size_t>(__builtin_ctzll(guards)));
}

}  // namespace gatehouse::guard
