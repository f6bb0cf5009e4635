// Which fields of a document a guard named, found while it is walked. Included by guard/*.cc and its tests only.
#pragma once

#include "base/room.h"
#include "json/automaton.h"
#include "json/document.h"

namespace gatehouse::guard {

/// Tracker steps an automaton of pointers along a walk. Call open, close and key in step with it, value before each
/// scalar. Memory is kept. One thread.
class Tracker {
 public:
  /// start begins a document; selected(label) says which pointers count.
  template <typename Selected>
  void start(const json::Automaton& automaton, const json::Document& document, Selected&& selected) {
    automaton_ = automaton.empty() ? nullptr : &automaton;
    document_ = &document;
    depth_ = 0;
    if (automaton_ == nullptr) return;
    words_ = automaton.words();
    rows_.resize((kJsonDepthMax + 2) * words_);
    automaton.begin_if(selected, rows_.data());
  }
  bool idle() const { return automaton_ == nullptr; }

  void open(json::Kind kind);
  void close() {
    if (automaton_ != nullptr) --depth_;
  }
  /// key, as it is and in lower case, which some readers take for the same: pointers name both (set.cc).
  void key(const json::Token& token);
  /// key of a text after unescaping, eight readable bytes behind it.
  void key(ByteView text);
  /// value calls found(label) for each pointer that names the scalar that comes now.
  template <typename Found>
  void value(Found&& found) {
    if (automaton_ != nullptr && step()) automaton_->for_each_match(row(depth_), found);
  }

  /// keep notes what the pointers say of the value that comes now, and all inside it; join says the same of the document that was
  /// started. forget: nothing is noted.
  void forget() { kept_.clear(); }
  void keep();
  void join();

 private:
  struct Frame {
    json::Kind kind;
    bool alive;    // some pointer may still match inside
    bool inside;   // … inside the present member or element
    uint32_t next; // elements so far
  };
  json::Automaton::Word* row(size_t depth) { return rows_.data() + depth * words_; }
  /// step makes the row of the value that begins; false when no pointer can match it or anything inside.
  bool step() {
    if (depth_ == 0) return true;
    Frame& frame = frames_[depth_ - 1];
    if (frame.kind == json::Kind::array) element(frame);
    return frame.inside;
  }
  void element(Frame& frame);

  const json::Automaton* automaton_ = nullptr;
  const json::Document* document_ = nullptr;
  size_t words_ = 0;
  size_t depth_ = 0;
  Frame frames_[kJsonDepthMax];
  Room<json::Automaton::Word> rows_;
  Room<char> plain_;   // a key after unescaping
  Room<char> small_;   // in lower case
  Room<json::Automaton::Word> other_;   // the row of that
  Room<json::Automaton::Word> kept_;
};

}  // namespace gatehouse::guard
