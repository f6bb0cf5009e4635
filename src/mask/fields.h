// Which field mask covers a value: the paths of a plan, stepped along while a source walks.
#pragma once

#include "json/document.h"
#include "mask/editor.h"
#include "mask/plan.h"

namespace gatehouse::mask {

/// Paths follows one automaton over objects and arrays, at most kJsonDepthMax deep. Memory: one row for each depth.
class Paths {
 public:
  void prepare(const json::Automaton& paths);
  void start(const json::Automaton& paths, Selection labels);
  void open(json::Kind kind);
  void close() { --depth_; }
  void key(ByteView name) {
    if (frames_[depth_ - 1].alive) key(paths_->symbol(name));
  }
  void key(json::Automaton::Symbol name);
  /// for_each calls found(label) for each path that ends at the value that comes now.
  template <typename Found>
  void for_each(Found&& found) const {
    if (any_ && (depth_ == 0 || frames_[depth_ - 1].member_alive)) paths_->for_each_match(rows_.data() + depth_ * words_, found);
  }

 private:
  struct Frame {
    bool alive;          // some path may still match inside
    bool member_alive;   // ... inside the present member, or any element
  };
  json::Automaton::Word* row(size_t depth) { return rows_.data() + depth * words_; }

  const json::Automaton* paths_ = nullptr;
  size_t words_ = 0;
  bool any_ = false;
  size_t depth_ = 0;
  Frame frames_[kJsonDepthMax];
  Room<json::Automaton::Word> rows_;
};

/// Fields follows a walk over objects and arrays, whatever the form: a CSV file is an array of rows, each an object whose members
/// are columns: open(array), then for each row open(object), for each cell key(column) and rule(), close(). Reused; one thread.
class Fields {
 public:
  void prepare(const Plan& plan);
  void start(const Plan& plan, Selection masks);

  void open(json::Kind kind);
  void close();
  /// key names the member that comes now; kSimdPadding readable behind.
  void key(ByteView name) { key(name, plan_->fields.symbol(name)); }
  /// With its symbol in the plan's paths.
  void key(ByteView name, json::Automaton::Symbol symbol);
  /// rule is the mask of the value that comes now, at its path or around it; kNoRule: none.
  uint8_t rule() const;
  /// joined: the value that comes now is on a path of `joined` of a selected mask.
  bool joined() const;
  size_t depth() const { return depth_; }

 private:
  const Plan::State* plan_ = nullptr;
  size_t depth_ = 0;
  uint8_t rules_[kJsonDepthMax];  // that cover all inside
  Paths paths_, joined_;
};

}  // namespace gatehouse::mask
