// The other forms of what was read: what a reader takes it for who normalizes, or is taken in by look-alikes.
#include <algorithm>

#include "guard/inspector_state.h"

namespace gatehouse::guard {
namespace {

// All forms of a request together, beside what was read; offsets of texts are 32 bits. One form by itself is bounded by
// pattern/normal_form.h.
constexpr uint64_t kFormsTimes = 4;
constexpr uint64_t kFormsMore = 64 * 1024;
constexpr uint64_t kJoinedMax = UINT32_MAX - 1;

}  // namespace

/// Adds the forms of all texts that differ from them. False: one has none, or they are too much.
bool Inspector::State::take_forms() {
  const Selection readers = guards & (rules().patterned | rules().statements | rules().addresses);
  if (readers == 0 || texts.count() == 0) return true;
  const ByteView joined = texts.joined();   // a line end between two texts keeps them apart in every form
  const bool plain = pattern::plain(joined);
  if (plain && ((readers & rules().confusables) == 0 || pattern::ascii(joined))) return true;
  const uint64_t most = std::min(kJoinedMax, (kFormsTimes + 1) * joined.size() + kFormsMore);
  const auto count = static_cast<uint32_t>(texts.count());
  const size_t marks = marked.size();
  for (uint32_t i = 0, mark = 0; i < count; ++i) {
    Marked here{i, 0, 0, 0};
    if (mark < marks && marked[mark].text == i) here = marked[mark++];
    if (!take_forms_of(i, here, plain) || texts.joined().size() > most) return false;
  }
  return true;
}

/// Who of the selection looks at a text at all.
Selection Inspector::State::interested(uint32_t text, const Marked& here) const {
  const Source source = texts[text].source;
  Selection all = texts[text].guards | here.commands | here.addresses;
  if (source == Source::value || source == Source::query)
    all |= rules().addresses_anywhere | (rules().statements_anywhere & ~here.documents);
  if (source == Source::key) all |= rules().statements_anywhere & ~here.documents;
  return all & guards;
}

bool Inspector::State::take_forms_of(uint32_t text, const Marked& here, bool plain) {
  using Made = pattern::NormalForm::Outcome;
  const Selection all = interested(text, here);
  if (all == 0) return true;
  const auto add = [&](Form which, Selection readers) {
    if (here.commands != 0 || here.documents != 0 || here.addresses != 0)
      marked.push({static_cast<uint32_t>(texts.count()), here.commands & readers, here.documents, here.addresses & readers});
    texts.add_form(text, form.text(), which, texts[text].guards & readers);
  };
  const Made normal = plain ? Made::same : form.make(texts.bytes(text));
  if (normal == Made::failed) return false;
  if (normal == Made::changed) add(Form::normal, guards);
  const Selection asking = all & rules().confusables;
  if (asking == 0) return true;
  const Made skeleton = form.make_skeleton(texts.bytes(text));
  if (skeleton == Made::failed) return false;
  const bool differs = skeleton == Made::changed &&
                       (normal != Made::changed || form.text() != texts.bytes(texts.count() - 1));
  if (differs) add(Form::skeleton, asking);
  return true;
}

}  // namespace gatehouse::guard
