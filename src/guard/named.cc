// What pointers say of values: by the keys of documents, and by the names of fields, as services read them.
#include <algorithm>

#include "guard/inspector_state.h"

namespace gatehouse::guard {
namespace {

constexpr size_t kStepsMax = 32;   // in the name of a field; who reads such names takes no more

/// The steps of "a[b][]" (a, b and nothing); 1: it is no such name, more than kStepsMax: too many.
size_t steps_of_brackets(ByteView name, ByteView* steps) {
  size_t open = name.find('[');
  if (open == ByteView::npos || open == 0 || name.find(']', open) == ByteView::npos) return 1;
  steps[0] = name.substr(0, open);
  size_t count = 1;
  while (open != ByteView::npos) {   // what stands behind one that closes is read by steps_of_both alone
    const size_t close = name.find(']', open);
    if (close == ByteView::npos) break;
    if (count == kStepsMax) return kStepsMax + 1;
    steps[count++] = name.substr(open + 1, close - open - 1);
    open = name.find('[', close);
  }
  return count;
}

/// The steps of "a.b", likewise.
size_t steps_of_dots(ByteView name, ByteView* steps) {
  size_t count = 0;
  for (size_t from = 0; from <= name.size();) {
    if (count == kStepsMax) return kStepsMax + 1;
    const size_t dot = std::min(name.find('.', from), name.size());
    steps[count++] = name.substr(from, dot - from);
    from = dot + 1;
  }
  return count;
}

/// The steps of "a[b].c" and "a.b[c]", to those who read both; 1: there is one of them at most.
size_t steps_of_both(ByteView name, ByteView* steps) {
  if (name.find('[') == ByteView::npos || name.find('.') == ByteView::npos) return 1;
  size_t count = 0;
  for (size_t from = 0; from <= name.size();) {
    if (count == kStepsMax) return kStepsMax + 1;
    const size_t end = std::min(name.find_first_of("[].", from), name.size());
    const bool behind = end == from && from > 0 && name[from - 1] == ']';   // "].", "][" and the end
    if (!behind) steps[count++] = name.substr(from, end - from);
    from = end + 1;
  }
  return count;
}

}  // namespace

void Inspector::State::start_pointers() {
  tracker.start(rules().pointers, document, [this](uint32_t label) { return (guards >> rules().named[label].guard & 1) != 0; });
}

/// A document that is the data of a form's field is looked at as one by itself, and as what stands at the field's name: commands,
/// addresses and what patterns look at. Text of documents is what a field holds as text. False: as named_by().
bool Inspector::State::start_document(ByteView name) {
  bool read = true;
  if (!name.empty()) {
    tracker.start(rules().pointers, document, [this](uint32_t label) {
      const auto& [role, guard] = rules().named[label];
      return role != Role::document && (guards >> guard & 1) != 0;
    });
    tracker.open(json::Kind::object);
    tracker.forget();
    if (!tracker.idle()) read = at_name(name, [this](bool) { tracker.keep(); });
  }
  start_pointers();
  if (!name.empty()) tracker.join();
  return read;
}

/// What pointers say of the value that comes now; returns whose patterns they send there.
Selection Inspector::State::roles(Marked* mark) {
  Selection patterns = 0;
  tracker.value([&](uint32_t label) {
    const auto& [role, guard] = rules().named[label];
    const Selection bit = Selection{1} << guard;
    switch (role) {
      case Role::pattern: patterns |= bit; break;
      case Role::command: mark->commands |= bit; break;
      case Role::document: mark->documents |= bit; break;
      case Role::address: mark->addresses |= bit; break;
    }
  });
  return patterns;
}

/// The same of the value of a field of a form or a query that comes now, which is marked: by its name as it is, and as it
/// is read by those to whom "a[b][]", "a.b" and "a[b].c" are ways into a document. False: too many steps to be followed.
bool Inspector::State::named_by(ByteView name, Selection* patterns) {
  if (tracker.idle()) return true;
  Marked mark{static_cast<uint32_t>(texts.count()), 0, 0, 0};
  const bool read = at_name(name, [&](bool exact) {
    const Selection documents = mark.documents;
    *patterns |= roles(&mark);
    if (!exact) mark.documents = documents;   // not by a name that only some read so
  });
  if ((mark.commands | mark.documents | mark.addresses) != 0) marked.push(mark);
  return read;
}

/// Calls at(exact) with the tracker at each value that a name means. False: too many steps to be followed.
template <typename At>
bool Inspector::State::at_name(ByteView name, At&& at) {
  tracker.key(name);
  at(true);
  for (const auto& read : {steps_of_brackets, steps_of_dots, steps_of_both}) {
    ByteView steps[kStepsMax];
    const size_t count = read(name, steps);
    if (count > kStepsMax && read == steps_of_brackets) return false;
    if (count < 2 || count > kStepsMax) continue;   // sentences have many dots
    inside({steps, count}, true, at);
    inside({steps, count}, false, at);
  }
  return true;
}

/// Follows steps into a document; `elements`: what is a number or nothing is one of a list.
template <typename At>
void Inspector::State::inside(std::span<const ByteView> steps, bool elements, At&& at) {
  tracker.key(steps[0]);
  for (const ByteView step : steps.subspan(1)) {
    const bool element = elements && std::all_of(step.begin(), step.end(), [](char c) { return c >= '0' && c <= '9'; });
    tracker.open(element ? json::Kind::array : json::Kind::object);
    if (!element) tracker.key(step);
  }
  at(false);
  for (size_t i = 1; i < steps.size(); ++i) tracker.close();
}

/// Pointers take a form for an object of its fields.
void Inspector::State::start_fields() {
  start_pointers();
  tracker.open(json::Kind::object);
}

}  // namespace gatehouse::guard
