#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "mask/editor_state.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kSliceBytes = 16 * 1024;  // of the body in one slice
constexpr size_t kSweepBytes = 8 * 1024;   // replacements and places kept before those of marks that are gone are dropped
static_assert(kSliceBytes <= kPieceBytes);

}  // namespace

size_t Editor::State::room() const {
  return window.size() < kWindowBytes ? kWindowBytes - window.size() : 0;
}

void Editor::State::append(ByteView more) {
  // most bodies hold little: it grows to its bound, and not over it
  const size_t needed = window.size() + more.size() + kSimdPadding;
  if (needed > window.capacity())
    window.reserve_exactly(std::max(needed, std::min(needed + needed / 2, kWindowBytes + kSimdPadding)));
  window.append(more.data(), more.size());
  window.reserve(kSimdPadding);
  view({window.data(), window.size()});
}

void Editor::State::view(ByteView held) {
  bytes = held.data();
  size = held.size();
}

/// All before is final.
uint64_t Editor::State::settled() {
  return std::min({passed, held_by_text(), flows.held(), waiting.there ? waiting.at : UINT64_MAX});
}

/// The bytes of the slice that was out go.
void Editor::State::drop_cut() {
  if (cut_bytes == 0) return;
  if (whole) {
    bytes += cut_bytes;
    size -= cut_bytes;
    base += cut_bytes;
    cut_bytes = 0;
    return;
  }
  std::memmove(window.data(), window.data() + cut_bytes, window.size() - cut_bytes);
  window.resize(window.size() - cut_bytes);
  view({window.data(), window.size()});
  base += cut_bytes;
  cut_bytes = 0;
}

/// How many marks lie before *until, which is moved so that none is cut. One of a whole slice or more is made two; of one
/// that grows what remains may be empty yet.
size_t Editor::State::marks_until(uint64_t* until) {
  const size_t whole_ones = mode == Mode::erase ? marks.size() - 1 : marks.size();
  size_t count = 0;
  while (count < whole_ones && marks[count].end() <= *until && marks[count].offset < *until) ++count;
  if (count == marks.size() || marks[count].offset >= *until) return count;
  Mark& cut = marks[count];
  if (cut.offset > base || *until - base < kSliceBytes) {  // always cut at the same bytes
    *until = cut.offset;
    return count;
  }
  Mark rest = cut;
  rest.offset = *until;
  rest.length = static_cast<uint32_t>(cut.end() - *until);
  rest.text_length = 0;
  cut.length = static_cast<uint32_t>(*until - cut.offset);
  marks.push(rest);  // and in its place
  std::memmove(static_cast<void*>(&marks[count + 2]), static_cast<void*>(&marks[count + 1]),
               (marks.size() - count - 2) * sizeof(Mark));
  marks[count + 1] = rest;
  return count + 1;
}

/// Numbers whose text is final, and has marks, are marked. *until is moved before a text that is not final.
void Editor::State::settle_ties(uint64_t* until) {
  size_t done = 0, mark = 0;
  const size_t count = marks.size();
  for (; done < ties.size() && ties[done].text_end <= *until; ++done) {
    const Tie& tie = ties[done];
    while (mark < count && marks[mark].end() <= tie.text_at) ++mark;
    if (mark == count || marks[mark].offset >= tie.text_end || raw(tie.at, tie.length) == "0") continue;
    Mark zero = marks[mark];
    zero.offset = tie.at;
    zero.length = tie.length;
    zero.text_at = static_cast<uint32_t>(texts.size());
    zero.text_length = 1;
    texts.push('0');
    marks.push(zero);
  }
  if (done < ties.size() && ties[done].text_at < *until && ties[done].text_at > base) *until = ties[done].text_at;
  std::memmove(static_cast<void*>(ties.data()), ties.data() + done, (ties.size() - done) * sizeof(Tie));
  ties.resize(ties.size() - done);
  if (marks.size() != count) settle_marks(*plan, &marks);
}

const Editor::Slice* Editor::State::cut(size_t least) {
  drop_cut();
  uint64_t until = settled();
  if (until - base < least && end() - base >= least) {
    flows.look_through();
    until = settled();
  }
  GH_ASSERT(until >= base);   // what is out is never held again
  if (until == base || (until - base < least && !finished)) return nullptr;
  settle_marks(*plan, &marks);
  if (!whole) until = std::min<uint64_t>(until, base + kSliceBytes);
  if (!ties.empty()) settle_ties(&until);
  const size_t count = marks_until(&until);
  if (until == base) return nullptr;
  const auto length = static_cast<size_t>(until - base);
  slice = {{bytes, length}, {}, length, 0};
  if (count != 0) write(count, length);
  cut_bytes = length;
  return &slice;
}

/// Writes the slice's masked bytes and their map, and forgets the marks.
void Editor::State::write(size_t count, size_t length) {
  out.clear();
  map.start(length);
  size_t at = 0;
  for (size_t i = 0; i < count; ++i) {
    const Mark& mark = marks[i];
    const auto offset = static_cast<size_t>(mark.offset - base);
    const ByteView text(texts.data() + mark.text_at, mark.text_length);
    out.append(bytes + at, offset - at);
    out.append(text.data(), text.size());
    at = offset + mark.length;
    const Rule& rule = plan->rules[mark.rule];
    const char* const line = places.data() + mark.place;
    const size_t line_size = static_cast<uint8_t>(line[0]) | static_cast<size_t>(static_cast<uint8_t>(line[1])) << 8;
    map.add(static_cast<uint32_t>(offset), {bytes + offset, mark.length}, text, mark.rule, rule.name, mark.detector, rule.method,
            mark.evidence, {line + 2, line_size});
  }
  out.append(bytes + at, length - at);
  slice.masked = {out.data(), out.size()};
  slice.map = map.finish(out.size());
  slice.changes = map.count();
  change_count += slice.changes;
  std::memmove(static_cast<void*>(marks.data()), marks.data() + count, (marks.size() - count) * sizeof(Mark));
  marks.resize(marks.size() - count);
  sweep_texts();
}

/// Replacements and places of marks that are gone go.
void Editor::State::sweep_texts() {
  place = kNoPlace;
  if (marks.empty()) {
    texts.clear();
    places.clear();
    return;
  }
  if (texts.size() + places.size() < kSweepBytes) return;
  other_texts.clear();
  other_places.clear();
  uint32_t last = kNoPlace, moved = 0;
  for (Mark& mark : marks) {
    const auto to = static_cast<uint32_t>(other_texts.size());
    other_texts.append(texts.data() + mark.text_at, mark.text_length);
    mark.text_at = to;
    if (mark.place != last) {
      last = mark.place;
      moved = static_cast<uint32_t>(other_places.size());
      const char* const line = places.data() + last;
      other_places.append(line, 2 + (static_cast<uint8_t>(line[0]) | static_cast<size_t>(static_cast<uint8_t>(line[1])) << 8));
    }
    mark.place = moved;
  }
  texts.clear();
  texts.append(other_texts.data(), other_texts.size());
  places.clear();
  places.append(other_places.data(), other_places.size());
}

}  // namespace gatehouse::mask
