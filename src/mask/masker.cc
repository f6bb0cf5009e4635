#include <cstring>

#include "json/place.h"
#include "mask/copy_masker.h"
#include "mask/editor.h"
#include "mask/json_source.h"
#include "mask/map.h"
#include "mask/marker.h"

namespace gatehouse::mask {
namespace {

constexpr size_t kReserve = 64 * 1024;  // bodies up to here do not allocate
/// A visitor that only wants to know whether a document is one.
struct Nothing {
  void open(json::Kind) {}
  void close(json::Kind) {}
  void key(const json::Token&) {}
  void string(const json::Token&) {}
  void number(const json::Token&, json::NumberShape) {}
  void literal(const json::Token&) {}
};

}  // namespace

struct Masker::State {
  json::Document document;
  json::Document proof;     // walks what was made, when keys were changed
  json::Place place;
  Marker marker;
  Room<char> body;
  MapWriter map;
  Editor editor;            // of documents that are not masked token by token
  JsonSource source;
  CopyMasker copies;

  ByteView write_body();
  ByteView write_map(const Plan& plan, size_t masked_length);
  Outcome edit(const Plan& plan, Selection masks, ByteView body, json::Leniency leniency);
};

/// The document with its marks replaced; kSimdPadding readable bytes behind.
ByteView Masker::State::write_body() {
  const ByteView from = document.bytes();
  body.clear();
  body.reserve(from.size() + kSimdPadding);
  size_t at = 0;
  for (const Mark& mark : marker.marks()) {
    body.append(from.data() + at, mark.offset - at);
    const ByteView text = marker.text(mark);
    body.append(text.data(), text.size());
    at = mark.offset + mark.length;
  }
  body.append(from.data() + at, from.size() - at);
  body.reserve(kSimdPadding);
  std::memset(body.data() + body.size(), 0, kSimdPadding);
  return {body.data(), body.size()};
}

ByteView Masker::State::write_map(const Plan& plan, size_t masked_length) {
  const ByteView from = document.bytes();
  map.start(from.size());
  place.start(document);
  for (const Mark& mark : marker.marks()) {
    const Rule& rule = plan.state().rules[mark.rule];
    map.add(static_cast<uint32_t>(mark.offset), from.substr(mark.offset, mark.length), marker.text(mark), mark.rule, rule.name,
            mark.detector, rule.method, mark.evidence, place.of(mark.place));
  }
  return map.finish(masked_length);
}

/// The way of long bodies, for one that is all there.
Masker::Outcome Masker::State::edit(const Plan& plan, Selection masks, ByteView bytes, json::Leniency leniency) {
  copies.start(plan, masks, leniency, 0);
  editor.start_whole(plan, masks, &copies, bytes);
  source.start(editor, plan, masks, leniency);
  if (!source.feed(0, bytes) || !source.finish()) return {Reason::mask_uninspectable, {}, {}, 0};
  editor.finish();
  const Editor::Slice* const slice = editor.cut(1);
  return {Reason::none, slice->masked, slice->map, slice->changes};
}

Masker::Masker() : state_(std::make_unique<State>()) {}
Masker::~Masker() = default;

bool Masker::prepare(const Plan& plan) {
  if (!state_->marker.prepare(plan) || !state_->editor.prepare(plan)) return false;
  state_->source.prepare(plan);
  state_->body.reserve(kReserve);
  return state_->document.reserve(kReserve) && state_->proof.reserve(kReserve);
}

Masker::Outcome Masker::apply(const Plan& plan, Selection masks, ByteView body, json::Leniency leniency) {
  State& state = *state_;
  masks &= plan.state().every;
  state.body.trim();
  Outcome outcome;
  if (((plan.state().edits | plan.state().with_joined) & masks) != 0) return state.edit(plan, masks, body, leniency);
  state.marker.start(plan, masks, state.document);
  state.marker.look(body);
  if (state.document.walk(body, state.marker, leniency) != json::Error::none) return {Reason::mask_uninspectable, {}, {}, 0};
  state.marker.finish();
  if (state.marker.by_editor()) return state.edit(plan, masks, body, leniency);
  if (state.marker.marks().empty()) {
    outcome.body = body;
    return outcome;
  }
  outcome.body = state.write_body();
  Nothing nothing;
  if (state.marker.changed_keys() && state.proof.walk(outcome.body, nothing, leniency) != json::Error::none)
    return state.edit(plan, masks, body, leniency);
  outcome.map = state.write_map(plan, outcome.body.size());
  outcome.changes = static_cast<uint32_t>(state.marker.marks().size());
  return outcome;
}

}  // namespace gatehouse::mask
