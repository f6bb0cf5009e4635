// Which field mask covers a value: the paths of a plan, stepped along while a source walks.
#pragma once

#include "json/document.h"
#include "mask/editor.h"
#include "mask/plan.h"

namespace gatehouse::mask {

/// Fields follows a walk over objects and arrays, whatever the form: a CSV file is an array of rows, each an object whose members
/// are columns: open(array), then for each row open(object), for each cell key(column) and rule(), close(). Memory: one row of
/// the automaton for each depth. At most kJsonDepthMax deep. One thread.
class Fields {
 public:
  void prepare(const Plan& plan);
  void start(const Plan& plan, Selection masks);

  void open(json::Kind kind);
  void close() { --depth_; }
  /// key names the member that comes now; kSimdPadding readable behind.
  void key(ByteView name);
  /// rule is the mask of the value that comes now, at its path or around it; kNoRule: none.
  uint8_t rule();
  /// joined: the value that comes now is on a path of `joined` of a selected mask.
  bool joined();
  size_t depth() const { return depth_; }

 private:
  struct Frame {
    uint8_t rule;
    bool alive;          // some path may still match inside
    bool member_alive;   // ... inside the present member, or any element
  };
  json::Automaton::Word* row(size_t depth) { return rows_.data() + depth * words_; }

  const Plan::State* plan_ = nullptr;
  size_t words_ = 0;
  bool any_ = false;
  size_t depth_ = 0;
  Frame frames_[kJsonDepthMax];
  Room<json::Automaton::Word> rows_;
};

}  // namespace gatehouse::mask
