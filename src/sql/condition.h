// Does a condition choose rows?
#pragma once

#include <vector>

#include "sql/given.h"
#include "sql/rows.h"
#include "sql/tree.h"

namespace gatehouse::sql {

/// Condition judges conditions of DELETE, UPDATE and MERGE. One that is the same for every row chooses nothing: no column in it
/// (1=1, NOT false, 'a'='a', $1 = $2, random() < 2) or none of the table that is written (USING b WHERE b.x = 1), a thing
/// compared with itself (id = id, id < id + 1, id * 0 = 0), LIKE '%', IS NOT NULL (keys never are), `x OR true`, a whole
/// sub-select that looks at no column outside (EXISTS (SELECT 1)), IN, ANY, >= and the like of a sub-select of the same table
/// without a condition of its own, also by way of a WITH, EXISTS of or a join with a row of the same key, nothing in a list of
/// values that are excluded, what contains nothing (meta @> '{}'), texts that all fit ('%' || '', '[^x]*'), alternatives that
/// leave nothing out (rows.h), what a term cannot help but be (ranges.h: greatest(id, 1) >= 1, length(x) >= 0, ctid > '(0,0)',
/// created < 'infinity', x <> gen_random_uuid()), `|| 1`, which MySQL takes for OR; casts and collations aside. What only data
/// could tell (id > 0) counts as a choice, and so does a name without its table's, whosever column it is.
class Condition {
 public:
  /// chooses: is the part of the tree at `at` a condition that depends on the row of the table that `statement` writes?
  bool chooses(const Tree& tree, uint32_t statement, uint32_t at);

  /// shown: a condition that chooses() can be shown to do so. Of the parts of it that have to hold together (AND) one must leave
  /// some row out by what is grasped in it alone; all else is taken to hold whatever is wanted of it. Grasped are, of a column of
  /// the table, a member of one (meta->>'a'), or one in another spelling (lower(), date_trunc(), casts):
  /// - =, IN, = ANY with constants, parameters, arrays of them, columns of other tables, sub-selects, ARRAY(SELECT ...); <, >,
  ///   BETWEEN with constants, parameters, the time and intervals up to a hundred years; <> and NOT IN unless the column names
  ///   rows (id, *_id);
  /// - what is reckoned from columns (length(), a % 4, greatest(), distances) by a value, where it stands alone (ranges.h); so
  ///   a <> b of two columns of one row that are no keys, n <> length(body), hash <> md5(body), (a, b) IS DISTINCT FROM (1, 2);
  /// - IS NULL; the column itself where it is a condition, also in coalesce(x, false); LIKE, ~ and SIMILAR TO with a literal front
  ///   or three literal characters, NOT LIKE and the like unless the column names rows or is cast; CASE WHEN made of these; @>,
  ///   &&, ?; <@ with a range from one day to another;
  /// - IN, NOT IN, EXISTS and count(*) of queries by a key, of the same table only where these are limited, shown to choose
  ///   themselves, or compare two columns of two rows (d.parent = t.id); never of what is made of the row (unnest(ARRAY[t.id])),
  ///   nor of what is the row's column itself (id IN (SELECT id FROM (VALUES (1)) v): inner.h).
  /// What is grasped of values is searched as Rows does; of what is grasped without (parameters, patterns, queries) that it may
  /// not hold, and that only where nothing else in the part speaks of the same column in another way; so
  /// within NOT and CASE what is grasped of keys, lengths, years and digests. May set of_values().
  bool shown(const Tree& tree, uint32_t statement, uint32_t at);

  /// is_whole_of: the query at `select` gives all rows of the table that `statement` writes.
  bool is_whole_of(const Tree& tree, uint32_t statement, uint32_t select);

  /// of_values: the last answer may be another for other values at the same places.
  bool of_values() const { return of_values_; }

  /// quoted: the last condition chooses by names in double quotes, which MySQL, Spark and BigQuery take for texts, and which as
  /// texts choose nothing. A table in double quotes tells that the reader knows names in them.
  bool quoted() const { return quoted_; }

 private:
  // How a column is spoken of, bits; and what of a comparison is grasped: 0 nothing, 1 all, 2 that it may not hold, 3 that it may.
  static constexpr uint8_t kValue = 1, kEqual = 2, kLess = 4, kGreater = 8, kTruth = 16, kDiffers = 32, kNever = 64, kOther = 128;
  struct Grasp {
    uint8_t level = 0, use = 0;
    ByteView column;
    bool query = false;   // a sub-select's
    bool rare = false;    // what holds for one row or for none: md5(x) = '...'
  };
  struct Term {
    ByteView column;   // empty: it is none
    bool plain = true, only_equal = false, measure = false, year = false, age = false;
    bool lower = false, upper = false, other = false;   // how it is spelled: lower(x), upper(x), date(x) and the like
    bool printed = false;   // a text that is made of it, which no letter may ever fit: x::text
    bool is_spelled() const { return lower || upper || other || measure; }
    bool is_rare() const { return measure || year || only_equal || printed; }
  };
  struct List {
    bool read = false;          // all of it is known, or may be anything (parameters)
    bool known = false;         // nothing of it may be anything
    bool truths = true;         // all of it may be booleans, or both of them are there
    bool flagged = false;       // beside a column that may be true or false
    bool may_be_both = false;   // of what is not known
    bool dated = true;          // dates alone
  };
  List list_of(const Tree& tree, uint32_t left, uint32_t list, const Term& term, bool between);
  static bool may_be(const Term& term, const Tree& tree, uint32_t node);
  bool is_shown(const Tree& tree, uint32_t at);
  bool part_shown(const Tree& tree, uint32_t part, uint32_t base);
  Grasp grasp(const Tree& tree, uint32_t node, bool negated, bool tangled);
  Grasp grasp_one(const Tree& tree, uint32_t node, bool negated, bool tangled);
  static bool is_text(const Tree& tree, const Term& term, uint32_t node);
  Grasp matched(const Tree& tree, const Term& term, uint32_t left, uint32_t right, ByteView name, Is is);
  Grasp compared(const Tree& tree, uint32_t left, uint32_t right, ByteView name, bool tangled);
  Grasp compared_truth(const Tree& tree, uint32_t left, uint32_t right, ByteView name);
  Grasp compared_columns(const Tree& tree, const Term& term, uint32_t left, uint32_t other, ByteView name);
  static uint8_t use_of_pattern(ByteView pattern);
  Grasp liked(const Tree& tree, uint32_t expression);
  Grasp listed(const Tree& tree, uint32_t expression, bool tangled);
  Grasp grasp_query(const Tree& tree, uint32_t link, bool negated);
  Grasp grasp_among(const Tree& tree, uint32_t column, uint32_t select, bool negated, bool keeps);
  Grasp grasp_count(const Tree& tree, uint32_t left, uint32_t right, ByteView name);
  bool is_keyed(const Tree& tree, uint32_t side) const;
  bool is_child(const Tree& tree, uint32_t select, uint32_t inner, uint32_t outer) const;
  bool is_outside(const Tree& tree, uint32_t column, uint32_t select) const;
  bool gives_back(const Tree& tree, uint32_t select) const;
  bool shadows(const Tree& tree, uint32_t select, ByteView name) const;
  ByteView key_of(const Tree& tree, uint32_t select) const;
  Term term_of(const Tree& tree, uint32_t node);
  bool is_mine(const Tree& tree, uint32_t column) const;
  bool is_reckoned(const Tree& tree, uint32_t node, bool equal, bool timed) const;
  bool reckons(const Tree& tree, uint32_t expression);
  bool is_joined() const { return sources_.size() > (depth_ > 0 ? 1u : 0u); }   // a query's own table is one of its sources
  bool are_of_two_rows(const Tree& tree, uint32_t one, uint32_t other) const;
  bool is_of_one_row(const Tree& tree, uint32_t part) const;
  bool rows_differ(const Tree& tree, uint32_t left, uint32_t right);
  bool differs(const Tree& tree, uint32_t expression);
  bool is_apart_by_more(const Tree& tree, uint32_t left, uint32_t right, ByteView name) const;
  Grasp unmatched(const Tree& tree, uint32_t node);
  bool is_scalar(const Tree& tree, uint32_t side, bool may_look, ByteView column) const;
  bool gives_others(const Tree& tree, uint32_t select, uint32_t index, ByteView column) const;
  bool is_of_others_alone(const Tree& tree, uint32_t side) const;

  bool judge(const Tree& tree, uint32_t at);
  bool of_kind(const Tree& tree, uint32_t node, uint32_t base);
  bool any(const Tree& tree, uint32_t node, uint32_t base) const;
  bool known(uint32_t node, uint32_t base) const { return node != Tree::kNone && varies_[node - base]; }
  bool compares(const Tree& tree, uint32_t node, uint32_t base);
  bool is_whole(const Tree& tree, uint32_t side, uint32_t base, bool equal) const;
  bool sub_select(const Tree& tree, uint32_t node, uint32_t base);
  bool reads_it_again(const Tree& tree, uint32_t select) const;
  bool is_whole_query(const Tree& tree, uint32_t select) const;
  bool is_whole_cte(const Tree& tree, ByteView name) const;
  void read_ctes(const Tree& tree) const;
  bool is_own(ByteView table) const;
  bool one_column(const Tree& tree, uint32_t a, uint32_t b) const;
  bool same_row(const Tree& tree, uint32_t a, uint32_t b) const;
  bool equals_itself(const Tree& tree, uint32_t call) const;
  bool leaves_itself_out(const Tree& tree, uint32_t expression) const;
  bool of_itself(const Tree& tree, uint32_t column, uint32_t other) const;
  bool gives_itself(const Tree& tree, uint32_t column, uint32_t side) const;
  bool gives_itself(const Tree& tree, uint32_t column, uint32_t select, uint32_t all) const;
  bool has_texts(const Tree& tree, uint32_t at) const;
  bool names(const Tree& tree, uint32_t select, ByteView table) const;
  bool joins_choose(const Tree& tree, uint32_t from);
  bool names_row(const Tree& tree, uint32_t select) const;
  bool looks_outside(const Tree& tree, uint32_t select) const;
  bool is_of_others(const Tree& tree, uint32_t column) const;
  void read_sources(const Tree& tree, uint32_t statement);
  void read_from(const Tree& tree, uint32_t from);

  /// Source is what a statement joins its table with. itself: each row of the table stands in it.
  struct Source {
    ByteView name;
    bool itself;
  };
  /// Cte is a query in WITH; whether it gives all rows of the table is looked at once, and not while that is done.
  struct Cte {
    ByteView name;
    uint32_t select;
    bool looked = false, whole = false;
  };
  std::vector<char> varies_, levels_;
  bool strict_ = false;   // a query chooses only when it is shown to
  uint32_t judged_ = Tree::kNone;   // the last condition, where varies_ says the same of it whether strict or not
  mutable std::vector<Cte> ctes_;   // once somebody asks
  mutable bool ctes_read_ = false;
  std::vector<Cte>* known_ctes_ = nullptr;   // those of the condition that this one stands in
  uint32_t steps_ = 0, *known_steps_ = &steps_;   // of looking for names in queries, and the outermost condition's
  std::vector<Source> sources_;
  ByteView relation_, alias_;
  uint32_t searched_ = 0;   // queries that may give nothing
  uint32_t depth_ = 0;   // of queries that are looked into
  mutable bool of_values_ = false;
  bool doubtful_ = false;
  bool quoted_ = false, as_texts_ = false;   // names in double quotes are read as texts
  Rows rows_;
};

}  // namespace gatehouse::sql
