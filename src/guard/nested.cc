// Texts that are JSON themselves: the body that an event carries, the arguments of a call, a value of a form.
#include <cstring>

#include "guard/inspector_state.h"

namespace gatehouse::guard {
namespace {

constexpr int kNestedMax = 4;   // documents within each other that are read; what lies deeper is text
constexpr size_t kReadHere = 64 * 1024;   // bytes of documents that are read on a worker
// Whatever some service may read is read.
constexpr json::Leniency kAny{.duplicates = true, .lone_surrogates = true, .constants = true};

/// Keeper adds what a document holds as texts of where the document stands.
struct Keeper {
  Inspector::State& state;
  Texts::Text like;
  Selection keys, documents;

  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token& token) {
    if (like.source == Source::query) add(token, like.source, like.guards);
    else add(token, Source::key, keys);
  }
  void string(const json::Token& token) {
    const auto which = static_cast<uint32_t>(state.texts.count());
    add(token, like.source, like.guards);
    if (documents != 0 && state.texts.count() > which) state.marked.push({which, 0, documents, 0});
  }
  void number(const json::Token&, json::NumberShape) {}
  void literal(const json::Token&) {}

  void add(const json::Token& token, Source source, Selection guards) {
    if (token.length == 0 || (source == Source::key && guards == 0) || state.crowded()) return;
    Texts::Text text = like;
    text.source = source;
    text.guards = guards;
    state.texts.add(state.inner, token, text);
  }
};

}  // namespace

/// A leaf that is text is read as JSON already, where it is that.
bool Inspector::State::may_nest(uint32_t text) const {
  const Texts::Text& one = texts[text];
  if (one.source != Source::value && one.source != Source::query) return false;
  if (one.source == Source::value && body.leaves()[one.document].kind == Leaf::Kind::text) return false;
  return is_container(texts.bytes(text));
}

/// Reads texts that are as a whole JSON documents: strings in them are values of where the text stands, for all who look at any
/// value there; a field that holds text of documents holds nothing else inside. What is nested too deep to be read here, and may be
/// read elsewhere, is refused as a body like it is; so is what would not fit.
Reason Inspector::State::take_nested() {
  if ((guards & (rules().patterned | rules().statements_anywhere | rules().addresses_anywhere)) == 0) return Reason::none;
  size_t mark = 0, read = 0;
  uint32_t next = 0;
  for (int level = 0; level < kNestedMax; ++level) {
    const auto end = static_cast<uint32_t>(texts.count());
    for (; next < end; ++next) {
      while (mark < marked.size() && marked[mark].text < next) ++mark;
      if (!may_nest(next)) continue;
      if (crowded()) return Reason::none;
      const ByteView text = texts.bytes(next);
      read += text.size();
      slow = slow || (patience == Patience::none && read > kReadHere);
      if (slow) return Reason::none;
      if (texts.joined().size() + text.size() >= UINT32_MAX) return Reason::guard_uninspectable;   // places in it are 32 bits
      nested.trim();
      nested.append(text.data(), text.size());
      nested.resize(text.size() + kSimdPadding);
      const ByteView bytes(nested.data(), nested.size() - kSimdPadding);
      Nobody nobody;
      const json::Error error = inner.walk(bytes, nobody, kAny);
      if (error == json::Error::too_deep) return Reason::guard_depth;
      if (error != json::Error::none) continue;
      const bool known = mark < marked.size() && marked[mark].text == next;
      Keeper keeper{*this, texts[next], looking(Source::key) & ~rules().pointed, known ? marked[mark].documents : 0};
      static_cast<void>(inner.walk(bytes, keeper, kAny));   // as before
    }
  }
  return Reason::none;
}

}  // namespace gatehouse::guard
