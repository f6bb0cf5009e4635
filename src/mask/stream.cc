#include "mask/stream.h"

#include <algorithm>

#include "codec/charset.h"
#include "http/message.h"
#include "mask/body.h"
#include "mask/copy_masker.h"
#include "mask/plan.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kStep = 8 * 1024;           // bytes that a source is fed with, and of a slice, where nothing asks for haste
constexpr size_t kDenseStep = 2 * 1024;      // where there is much to change: what is noted of changes is bounded by it
constexpr size_t kKept = kStreamBytes / 4 * 3;   // of memory from one body to the next: usual ones take some 140 KiB
constexpr size_t kDense = 64;                // bytes for each change
constexpr size_t kWideStep = 4 * 1024;       // bytes that are brought to UTF-8 at a time
constexpr size_t kMarkMax = 4;               // bytes that tell a charset

/// Character sets in which every byte below 0x80 is ASCII's, whose other bytes are no UTF-8 and so refused where they occur.
bool is_like_ascii(ByteView charset) {
  constexpr ByteView kNames[] = {"iso-8859-1", "iso-8859-15", "latin1", "windows-1252", "utf8"};
  for (const ByteView name : kNames)
    if (http::equals_ignore_case(charset, name)) return true;
  return false;
}

}  // namespace

struct Stream::State {
  Editor editor;
  CopyMasker copies;
  Body body;
  codec::Transcoder transcoder;
  const Plan* plan = nullptr;
  std::string content_type;
  Typed typed;
  Answer answer;
  char mark[kMarkMax];
  size_t mark_bytes = 0;
  bool settled = false;        // the charset is known
  bool wide = false;
  bool complete = false;       // no more bytes come
  bool closed = false;         // the editor has everything
  bool passing = false;        // nothing is masked any more
  bool uninspected = false;
  Reason reason = Reason::none;
  Room<char> passed;           // bytes that go on as they are
  Slice slice{};
  bool waits = false;          // `slice` does
  size_t stride = kStep;
  char narrow[kWideStep];

  Reason start(const Plan& with, Selection masks, const Answer& to, uint8_t depth);
  bool settle(bool last);
  size_t take(ByteView in);
  Body::Verdict append(ByteView bytes);
  Body::Verdict append_wide(ByteView* in);
  Body::Verdict close();
  bool judge(Body::Verdict verdict);
  void cut(size_t least);
  void give_up(Reason why);
};

Reason Stream::State::start(const Plan& with, Selection masks, const Answer& to, uint8_t depth) {
  plan = &with;
  masks &= with.state().every;
  content_type.assign(to.content_type);
  answer = to;
  answer.content_type = content_type;
  typed = read_type(content_type);
  mark_bytes = 0;
  settled = wide = complete = closed = uninspected = waits = false;
  passing = masks == 0;
  reason = Reason::none;
  passed.clear();
  stride = kStep;
  copies.start(with, masks, to.leniency, depth);
  editor.start(with, masks, &copies);
  body.start({&editor, &with, masks, to.leniency, &copies, {}, 1}, 0, typed);
  if (typed.form == codec::Form::multipart) settled = true;   // its parts may be binary, and say their charsets
  return Reason::none;
}

/// The character set, from the first bytes; false when it is refused.
bool Stream::State::settle(bool last) {
  if (settled || (mark_bytes < kMarkMax && !last)) return true;
  settled = true;
  codec::Declared declared{std::nullopt, true, true};
  if (!typed.charset.empty()) {
    declared.charset = codec::charset_of(typed.charset);
    if (!declared.charset && !is_like_ascii(typed.charset)) return false;
  }
  const ByteView first(mark, mark_bytes);
  const auto recognised = codec::recognise(first, declared);
  if (!recognised) return false;
  wide = recognised->charset != codec::Charset::utf8 && recognised->charset != codec::Charset::ascii;
  if (wide) transcoder.start(declared);
  return true;
}

/// Puts bytes in UTF-8 into the editor and shows them to the source.
Body::Verdict Stream::State::append(ByteView bytes) {
  const uint64_t at = editor.end();
  editor.append(bytes);
  return body.feed(at, editor.raw(at, bytes.size()));
}

Body::Verdict Stream::State::append_wide(ByteView* in) {
  while (!in->empty()) {
    const size_t room = std::min(editor.room(), kWideStep);
    if (room < codec::kTranscoderRoom) break;
    const codec::Progress step = transcoder.step(*in, {narrow, room});
    // What stands before a broken character is judged first, however it came.
    if (step.produced > 0)
      if (const Body::Verdict verdict = append({narrow, step.produced}); verdict != Body::Verdict::good) return verdict;
    if (step.status != codec::Status::ok) return Body::Verdict::broken;
    in->remove_prefix(step.consumed);
  }
  return Body::Verdict::good;
}

/// Takes as much of `in` as there is room for; returns how much.
size_t Stream::State::take(ByteView in) {
  if (!settled) {
    const size_t count = std::min(kMarkMax - mark_bytes, in.size());
    in.copy(mark + mark_bytes, count);
    mark_bytes += count;
    if (!settle(false)) give_up(Reason::mask_content_type);
    else if (settled && !passing) {
      ByteView first(mark, mark_bytes);
      judge(wide ? append_wide(&first) : append(first));
    }
    return count;
  }
  if (wide) {
    ByteView rest = in;
    judge(append_wide(&rest));
    return in.size() - rest.size();
  }
  const size_t count = std::min(in.size(), editor.room());
  if (count > 0) judge(append(in.substr(0, count)));
  return count;
}

/// What becomes of a verdict; false when the body does not go on as it did.
bool Stream::State::judge(Body::Verdict verdict) {
  if (verdict == Body::Verdict::good && editor.reason() == Reason::none) return true;
  give_up(verdict == Body::Verdict::formless ? Reason::mask_content_type : Reason::mask_uninspectable);
  return false;
}

/// Nothing more is masked: the body is refused, or passes where the route says so.
void Stream::State::give_up(Reason why) {
  if (!answer.best_effort) {
    reason = why;
    return;
  }
  uninspected = passing = true;
  if (!closed) {
    static_cast<void>(editor.end_text());   // what the source left open
    editor.finish();
  }
  closed = true;
  if (mark_bytes > 0 && editor.end() == 0) passed.append(mark, mark_bytes);
}

Body::Verdict Stream::State::close() {
  if (!settle(true)) return Body::Verdict::formless;
  if (typed.form != codec::Form::multipart && mark_bytes < kMarkMax && mark_bytes > 0) {
    ByteView first(mark, mark_bytes);
    if (const auto verdict = wide ? append_wide(&first) : append(first); verdict != Body::Verdict::good) return verdict;
  }
  while (wide) {
    const codec::Progress step = transcoder.finish({narrow, sizeof narrow});
    if (step.status != codec::Status::ok && step.status != codec::Status::done) return Body::Verdict::broken;
    if (step.produced > 0)
      if (const auto verdict = append({narrow, step.produced}); verdict != Body::Verdict::good) return verdict;
    if (step.status == codec::Status::done) break;
  }
  const Body::Verdict verdict = body.finish();
  if (verdict == Body::Verdict::good) editor.finish();
  return verdict;
}

void Stream::State::cut(size_t least) {
  waits = false;
  if (reason != Reason::none) return;
  if (const Editor::Slice* next = editor.cut(least); next != nullptr) {
    slice = {next->masked, next->map, next->original_length, next->changes};
    waits = true;
    stride = next->changes * kDense > next->original_length ? kDenseStep : kStep;
  } else if (editor.reason() != Reason::none) {
    reason = editor.reason();
  } else if (passing && passed.size() > 0) {
    slice = {{passed.data(), passed.size()}, {}, passed.size(), 0};
    waits = true;
  }
}

Stream::Stream() : state_(std::make_unique<State>()) {}
Stream::~Stream() = default;

bool Stream::prepare(const Plan& plan) { return state_->editor.prepare(plan); }

Reason Stream::start(const Plan& plan, Selection masks, const Answer& answer) { return start_inside(plan, masks, answer, 0); }
Reason Stream::start_inside(const Plan& plan, Selection masks, const Answer& answer, uint8_t depth) {
  if (memory_bytes() > kKept) {   // a body before this one was an odd one
    state_ = std::make_unique<State>();
    if (!prepare(plan)) return Reason::limit_memory;
  }
  return state_->start(plan, masks, answer, depth);
}

Reason Stream::feed(ByteView in, size_t* consumed) {
  State& state = *state_;
  *consumed = 0;
  while (!in.empty() && !state.waits && *consumed < kPieceBytes && state.reason == Reason::none) {
    if (state.passing) {
      if (state.cut(1); state.waits) break;
      const size_t count = std::min(in.size(), kPieceBytes);
      state.passed.append(in.data(), count);
      *consumed += count;
      state.cut(1);
      break;
    }
    const size_t count = state.take(in.substr(0, std::min(state.stride, kPieceBytes - *consumed)));
    in.remove_prefix(count);
    *consumed += count;
    if (state.passing || state.reason != Reason::none) continue;
    const bool full = state.editor.room() < codec::kTranscoderRoom;
    state.cut(full || state.body.flushes() ? 1 : state.stride);
    if (full && count == 0 && !state.waits) state.give_up(Reason::mask_uninspectable);   // more is open than may be held
  }
  state.copies.rest();
  return state.reason;
}

Reason Stream::finish() {
  State& state = *state_;
  if (state.reason != Reason::none) return state.reason;
  if (!state.complete) {
    state.complete = true;
    if (!state.closed && !state.passing) {
      state.judge(state.close());
      state.closed = true;
    }
    state.copies.rest();
  }
  if (!state.waits) state.cut(1);
  return state.reason;
}

bool Stream::ended() const {
  return state_->complete && !state_->waits && state_->editor.held() == 0 && state_->passed.size() == 0;
}

const Stream::Slice* Stream::slice() const { return state_->waits ? &state_->slice : nullptr; }

void Stream::pop() {
  State& state = *state_;
  if (state.passing && state.slice.masked.data() == state.passed.data()) state.passed.clear();
  const bool full = state.editor.room() < codec::kTranscoderRoom;
  const bool all = full || state.complete || state.passing || state.body.flushes();
  state.cut(all ? 1 : state.stride);
}

codec::Form Stream::form() const { return state_->body.form(); }
bool Stream::uninspected() const { return state_->uninspected; }
size_t Stream::memory_bytes() const {
  const State& state = *state_;
  return sizeof state + state.editor.memory_bytes() + state.copies.memory_bytes() + state.body.memory_bytes() +
         state.passed.capacity();
}

}  // namespace gatehouse::mask
