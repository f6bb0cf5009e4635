#include "load/run.h"

#include <time.h>

#include <algorithm>
#include <array>

namespace gatehouse::load {
namespace {

constexpr size_t kCompletionsMax = 64;      // of one turn: what is to be sent does not wait for long
constexpr uint32_t kSpareLinks = 16384;     // that end by themselves
constexpr size_t kWaitingMax = 1'000'000;   // due requests without a connection; more are unsent at once
constexpr MonotonicNs kConnectTime = 10 * kNsPerSecond;

}  // namespace

Run::Run(uring::Ring& ring, const RunWish& wish, const Plan& plan, Checks& checks, Origin* origin)
    : ring_(ring), wish_(wish), plan_(plan), checks_(checks), origin_(origin), wheel_(ring.now()),
      links_(std::make_unique<net::Links>(ring, wheel_, wish.connections * 2 + kSpareLinks)) {
  for (uint32_t i = 0; i < wish.connections; ++i) {
    const Mode mode = i < wish.mode_connections ? wish.mode : Mode::plain;
    clients_.push_back(std::make_unique<Client>(i, *this, mode));
  }
  if (origin_ != nullptr) origin_->attach(ring_, *links_);
}

Run::~Run() { clients_.clear(); }

MonotonicNs Run::clock() const {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * kNsPerSecond + static_cast<uint64_t>(now.tv_nsec);
}

// ---- what was measured ------------------------------------------------------------------------

Tally& Run::tally(const Client& client, MonotonicNs intended) {
  if (client.mode() != Mode::plain && wish_.mode_connections < wish_.connections) return side_;
  if (steps_.empty() || intended < steps_.front().begin) return warmup_;
  for (size_t i = steps_.size() - 1; i > 0; --i)
    if (intended >= steps_[i].begin) return steps_[i].tally;
  return steps_.front().tally;
}

MonotonicNs Run::end_of(MonotonicNs intended) const {
  for (const Step& step : steps_)
    if (intended < step.end) return step.end;
  return steps_.empty() ? 0 : steps_.back().end;
}

Tally Run::total() const {
  Tally sum;
  for (const Step& step : steps_) sum.add(step.tally);
  return sum;
}

double Run::seconds() const { return usage_.wall() / static_cast<double>(kNsPerSecond); }

double Run::elapsed() const {
  if (!measuring_) return seconds();
  return static_cast<double>(clock() - usage_.began) / static_cast<double>(kNsPerSecond);
}

uint64_t Run::clients_open() const {
  return static_cast<uint64_t>(std::count_if(clients_.begin(), clients_.end(), [](const auto& c) { return c->open(); }));
}

void Run::opened(Client& client) { ++tally(client, clock()).connections; }

// ---- the turn ---------------------------------------------------------------------------------

void Run::take(const uring::Completion& completion) {
  if (completion.token.op == uring::Op::accept) return origin_->accepted(completion);
  if (completion.token.op == uring::Op::watch) {
    interrupted_ = true;
    return;
  }
  const SlotId owner = links_->complete(completion);
  if (!owner.valid()) return;
  if ((owner.slot & kOriginOwner) != 0) {
    origin_->step(owner);
    return;
  }
  Client& client = *clients_[owner.slot];
  if (client.touched) return;
  client.touched = true;
  touched_.push_back(owner.slot);
}

void Run::timers() {
  const MonotonicNs now = ring_.now();
  wheel_.advance(now, [this, now](TimerNode& node) {
    if (node.kind == kTimerClient) clients_[node.owner.slot]->expired(now);
    else if (net::Link* link = links_->find(node.owner); link != nullptr) link->expired();
  });
}

void Run::turn(MonotonicNs until) {
  std::array<uring::Completion, kCompletionsMax> completions;
  if (crowded_) until = 0;
  const size_t count = ring_.wait(completions, std::min(until, wheel_.next()));
  crowded_ = count == completions.size();
  for (size_t i = 0; i < count; ++i) take(completions[i]);
  timers();
  stepping_.swap(touched_);
  for (const uint32_t number : stepping_) {
    clients_[number]->touched = false;
    clients_[number]->step();
  }
  stepping_.clear();
  if (stage_ == Stage::running) dispatch(clock());
  links_->unpark();
  links_->reclaim();
}

// ---- arrivals ---------------------------------------------------------------------------------

void Run::plan_steps(MonotonicNs start) {
  MonotonicNs begin = start + wish_.warmup;
  const std::vector<double> rates = wish_.rates.empty() ? std::vector<double>{0} : wish_.rates;
  for (const double rate : rates) {
    Step step;
    step.rate = rate;
    step.begin = begin;
    step.end = wish_.requests != 0 && rates.size() == 1 ? kNever : begin + wish_.duration;
    begin = step.end;
    steps_.push_back(std::move(step));
  }
  next_second_ = start + kNsPerSecond;
}

MonotonicNs Run::due(uint64_t arrival) const {
  const Step& step = steps_[arrival_step_];
  const MonotonicNs base = step.begin - (arrival_step_ == 0 ? wish_.warmup : 0);
  return base + static_cast<MonotonicNs>(static_cast<double>(arrival) * static_cast<double>(kNsPerSecond) / step.rate);
}

void Run::give(Client& client, MonotonicNs intended, MonotonicNs now) {
  if (now > intended + kLate) ++tally(client, intended).late;
  client.begin(sent_++, intended);
}

void Run::dispatch_open(MonotonicNs now) {
  while (arrival_step_ < steps_.size() && (wish_.requests == 0 || measured_ < wish_.requests)) {
    const MonotonicNs at = due(arrivals_);
    if (at >= steps_[arrival_step_].end) {
      if (arrival_step_ + 1 == steps_.size()) break;
      ++arrival_step_;
      arrivals_ = 0;
      continue;
    }
    if (at > now) break;
    ++arrivals_;
    if (at >= steps_.front().begin) ++measured_;
    Tally& tally = at < steps_.front().begin ? warmup_ : steps_[arrival_step_].tally;
    tally.lag.record(now - at);
    if (waiting_.size() < kWaitingMax) waiting_.push_back(at);
    else ++tally.unsent;
  }
  while (!waiting_.empty() && !free_.empty()) {
    Client& client = *clients_[free_.back()];
    free_.pop_back();
    const MonotonicNs intended = waiting_.front();
    waiting_.pop_front();
    give(client, intended, now);
  }
}

void Run::dispatch(MonotonicNs now) {
  const bool open = !wish_.rates.empty();
  std::vector<uint32_t> freed;
  freed.swap(freed_);
  for (const uint32_t number : freed) {
    Client& client = *clients_[number];
    if (open && client.mode() == Mode::plain) free_.push_back(number);
    else if (open || wish_.requests == 0 || measured_ < wish_.requests) {
      if (now >= steps_.front().begin) ++measured_;
      client.begin(sent_++, now);
    }
  }
  if (freed_.empty()) {
    freed.clear();
    freed_.swap(freed);   // its memory serves again
  }
  if (open) dispatch_open(now);
}

// ---- the stages -------------------------------------------------------------------------------

MonotonicNs Run::wake() const {
  MonotonicNs at = next_second_ == 0 ? kNever : next_second_;
  switch (stage_) {
    case Stage::connecting: return connect_until_;
    case Stage::draining: return std::min(at, drain_until_);
    case Stage::done: return at;
    case Stage::running: break;
  }
  if (!measuring_) at = std::min(at, steps_.front().begin);
  if (!freed_.empty()) return 0;
  if (!wish_.rates.empty() && arrival_step_ < steps_.size()) at = std::min(at, due(arrivals_));
  return std::min(at, steps_.back().end);
}

void Run::end_window() {
  if (usage_.ended != 0) return;
  const MonotonicNs now = clock();
  usage_.own_after = own_usage();
  if (!wish_.pids.empty()) usage_.after = process_usage(wish_.pids);
  usage_.rss_max_bytes = std::max(usage_.rss_max_bytes, usage_.after.rss_bytes);
  usage_.ended = measuring_ ? now : usage_.began;
  measuring_ = false;
  for (Step& step : steps_) step.end = std::min(step.end, std::max(now, step.begin));
  for (const MonotonicNs intended : waiting_) ++tally(*clients_.back(), intended).unsent;
  waiting_.clear();
}

bool Run::advance_stage(MonotonicNs now) {
  const auto any = [this](auto&& is) {
    return std::any_of(clients_.begin(), clients_.end(), [&is](const auto& client) { return is(*client); });
  };
  if (interrupted_ && stage_ != Stage::done) {
    end_window();
    stage_ = Stage::done;
  }
  switch (stage_) {
    case Stage::connecting:
      if (now < connect_until_ && any([](const Client& client) { return client.opening(); })) return true;
      plan_steps(now);
      stage_ = Stage::running;
      for (uint32_t i = 0; i < clients_.size(); ++i) freed_.push_back(i);
      return true;
    case Stage::running: {
      if (!measuring_ && now >= steps_.front().begin) {
        measuring_ = true;
        usage_.began = clock();
        usage_.own_before = own_usage();
        if (!wish_.pids.empty()) usage_.before = process_usage(wish_.pids);
        usage_.rss_max_bytes = usage_.before.rss_bytes;
      }
      const bool enough = wish_.requests != 0 && measured_ >= wish_.requests &&
                          waiting_.empty() && !any([](const Client& client) { return client.busy(); });
      if (!enough && now < steps_.back().end) return true;
      end_window();
      stage_ = Stage::draining;
      drain_until_ = now + wish_.timeout;
      return true;
    }
    case Stage::draining:
      if (now < drain_until_ &&
          any([](const Client& client) { return client.busy() && client.mode() == Mode::plain; }))
        return true;
      stage_ = Stage::done;
      return false;
    case Stage::done: return false;
  }
  return false;
}

void Run::go(int signals) {
  if (signals >= 0) ring_.watch(signals, {{}, uring::Op::watch});
  connect_until_ = clock() + kConnectTime;
  if (!wish_.new_connections)
    for (auto& client : clients_)
      if (client->mode() == Mode::plain) client->prepare();
  while (advance_stage(clock())) {
    turn(wake());
    const MonotonicNs now = clock();
    if (next_second_ == 0 || now < next_second_) continue;
    next_second_ += kNsPerSecond;
    if (measuring_ && !wish_.pids.empty())
      usage_.rss_max_bytes = std::max(usage_.rss_max_bytes, process_usage(wish_.pids).rss_bytes);
    if (measuring_ && wish_.every_second) wish_.every_second(*this);
  }
  wind_down();
}

void Run::wind_down() {
  stage_ = Stage::done;
  for (auto& client : clients_) client->stop();
  if (origin_ != nullptr) origin_->stop();
  links_->abort_all();
  while (links_->live() != 0) turn(clock() + kNsPerSecond);
}

}  // namespace gatehouse::load
