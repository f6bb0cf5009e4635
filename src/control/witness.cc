#include "control/witness.h"

#include "config/json_text.h"
#include "control/asker.h"
#include "control/lookup.h"

namespace gatehouse::control {

void Witness::configure(const std::string& url) {
  auto parsed = parse_fetch_url(url);
  url_ = !url.empty() && parsed ? std::move(*parsed) : FetchUrl{};
  stats_.on = on();
  if (on()) return;
  stats_.error.clear();
  if (running_) return;   // its heads go when its answer comes
  waiting_.clear();
  waiting_bytes_ = 0;
}

void Witness::add(std::vector<std::string> heads) {
  if (!on()) return;
  for (std::string& head : heads) {
    waiting_bytes_ += head.size();
    waiting_.push_back({std::move(head), ring_.now()});
  }
  const auto crowded = [this] {
    return waiting_.size() > kWaitingMax || (waiting_bytes_ > kWaitingBytesMax && waiting_.size() > 1);
  };
  while (!running_ && crowded()) {   // what is under way stays the first
    waiting_bytes_ -= waiting_.front().head.size();
    waiting_.pop_front();
    ++stats_.dropped;
  }
}

std::string Witness::body(size_t* heads) const {
  std::string bytes;
  *heads = 0;
  for (const Waiting& each : waiting_) {
    if (!bytes.empty() && bytes.size() + each.head.size() > kAtOnce) break;
    bytes += each.head;
    ++*heads;
  }
  return bytes;
}

const tls::ClientSettings* Witness::settings(std::string* why) {
  if (!url_.tls) return nullptr;
  if (tls_ == nullptr) {
    auto made = tls::ClientSettings::create("");
    if (made) tls_ = std::move(*made);
    else *why = made.error();
  }
  return tls_.get();
}

void Witness::poll() {
  if (!running_ && on() && !waiting_.empty() && schedule_.due() <= ring_.now()) send();
}

void Witness::send() {
  std::string why;
  const tls::ClientSettings* tls = settings(&why);
  if (!why.empty()) return failed(why);
  running_ = true;
  const std::string bytes = body(&under_way_);
  const auto connect = [this, bytes, url = url_, tls](const Address& to) {
    front_.ask(KeyFetch::posting(url, bytes), url, to, tls, [this](const KeyFetch& answer) { answered(answer); });
  };
  if (url_.address) return connect(*url_.address);
  using Found = Result<std::vector<Address>, std::string>;
  const auto found = std::make_shared<Found>(Failure<std::string>{""});
  lookups_.post([found, host = url_.host, port = url_.port] { *found = look_up(host, port); },
                [this, found, connect] {
                  if (found->ok()) std::erase_if(**found, [](const Address& each) { return !may_be_an_issuers(each); });
                  if (found->ok() && !(*found)->empty()) return connect((**found)[tries_ % (*found)->size()]);
                  running_ = false;
                  failed(found->ok() ? "its name leads to no address that it may have"
                                     : "its name is not found: " + found->error());
                });
}

void Witness::answered(const KeyFetch& answer) {
  running_ = false;
  if (answer.state() != KeyFetch::State::done) return failed(answer.error());
  if (!stats_.error.empty())
    log_.line(ring_.wall_now(), telemetry::Level::info, "witness_back",
              [this](telemetry::LogLine& line) { line.number("waiting", waiting_.size()); });
  taken(under_way_);
  schedule_.succeeded(ring_.now());
}

void Witness::taken(size_t heads) {
  for (; heads > 0 && !waiting_.empty(); --heads) {
    waiting_bytes_ -= waiting_.front().head.size();
    waiting_.pop_front();
    ++stats_.sent;
  }
  tries_ = 0;
  stats_.error.clear();
}

void Witness::failed(const std::string& why) {
  ++tries_;
  ++stats_.failures;
  schedule_ = KeySchedule(KeySchedule::kLargestGap);
  for (size_t i = 0; i < std::min<size_t>(tries_, 7); ++i) schedule_.failed(ring_.now());
  const std::string text = config::printable(why);
  if (text == stats_.error) return;
  stats_.error = text;
  log_.line(ring_.wall_now(), telemetry::Level::warning, "witness_failed", [this](telemetry::LogLine& line) {
    line.text("error", stats_.error).number("waiting", waiting_.size());
  });
}

bool Witness::finish() {
  if (!on() || waiting_.empty()) return true;
  auto asker = Asker::make();
  if (!asker) return false;
  const MonotonicNs until = (*asker)->now() + kFinishPatience;
  std::vector<Address> addresses;
  if (url_.address) {
    addresses.push_back(*url_.address);
  } else if (auto found = look_up_within(url_.host, url_.port, kFinishPatience)) {
    addresses = std::move(*found);
    std::erase_if(addresses, [](const Address& each) { return !may_be_an_issuers(each); });
  }
  std::string why;
  const tls::ClientSettings* tls = settings(&why);
  bool good = !addresses.empty() && why.empty();
  while (good && !waiting_.empty() && (*asker)->now() < until) {
    size_t heads = 0;
    const std::string bytes = body(&heads);
    const KeyFetch answer = (*asker)->ask(KeyFetch::posting(url_, bytes), url_, addresses.front(), tls);
    good = answer.state() == KeyFetch::State::done;
    if (good) taken(heads);
    else failed(answer.error());
  }
  Asker::finish(std::move(*asker));
  return waiting_.empty();
}

WitnessStats Witness::stats() const {
  WitnessStats stats = stats_;
  stats.waiting = waiting_.size();
  if (!waiting_.empty()) stats.lag = ring_.now() - waiting_.front().since;
  return stats;
}

}  // namespace gatehouse::control
