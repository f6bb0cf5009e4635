#include "mask/fields.h"

namespace gatehouse::mask {

void Paths::prepare(const json::Automaton& paths) { rows_.resize((kJsonDepthMax + 1) * paths.words()); }

void Paths::start(const json::Automaton& paths, Selection labels) {
  paths_ = &paths;
  words_ = paths.words();
  depth_ = 0;
  any_ = labels != 0;
  if (!any_) return;
  rows_.resize((kJsonDepthMax + 1) * words_);
  paths.begin(labels, row(0));
}

void Paths::open(json::Kind kind) {
  Frame frame{false, false};
  frame.alive = any_ && (depth_ == 0 || frames_[depth_ - 1].member_alive);
  if (frame.alive && kind == json::Kind::array) frame.member_alive = paths_->element(row(depth_), row(depth_ + 1));
  frames_[depth_++] = frame;
}

void Paths::key(json::Automaton::Symbol name) {
  Frame& frame = frames_[depth_ - 1];
  if (frame.alive) frame.member_alive = paths_->key(row(depth_ - 1), name, row(depth_));
}

void Fields::prepare(const Plan& plan) {
  paths_.prepare(plan.state().fields);
  joined_.prepare(plan.state().joined);
}

void Fields::start(const Plan& plan, Selection masks) {
  plan_ = &plan.state();
  depth_ = 0;
  paths_.start(plan_->fields, masks & plan_->with_fields);
  joined_.start(plan_->joined, masks & plan_->with_joined);
}

void Fields::open(json::Kind kind) {
  rules_[depth_++] = rule();
  paths_.open(kind);
  joined_.open(kind);
}

void Fields::close() {
  --depth_;
  paths_.close();
  joined_.close();
}

void Fields::key(ByteView name, json::Automaton::Symbol symbol) {
  paths_.key(symbol);
  joined_.key(name);
}

uint8_t Fields::rule() const {
  uint8_t rule = depth_ == 0 ? kNoRule : rules_[depth_ - 1];
  paths_.for_each([&](uint32_t label) {
    if (rule == kNoRule || plan_->rules[label].rank < plan_->rules[rule].rank) rule = static_cast<uint8_t>(label);
  });
  return rule;
}

bool Fields::joined() const {
  bool any = false;
  joined_.for_each([&](uint32_t) { any = true; });
  return any;
}

}  // namespace gatehouse::mask
