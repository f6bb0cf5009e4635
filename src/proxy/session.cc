#include "proxy/session.h"

namespace gatehouse::proxy {
namespace {

constexpr int kPipelinedMax = 64;   // exchanges of one session in one turn; more wait for the next

}  // namespace

Session::Session(SlotId id, Station& station, uint32_t listener, net::Link& client)
    : station_(station), id_(id), listener_(listener), client_(&client), client_text_(format_address(client.address)),
      in_(station.blocks), exchange_(*this, station) {
  timer_.owner = id;
  timer_.kind = net::kTimerSession;
  idle_since_ = station.now();
  handshake_deadline_ = station.now() + station.current->snapshot->deadlines.handshake;
  station.metrics.sessions_opened.add();
}

Session::~Session() {
  station_.wheel.cancel(timer_);
  station_.metrics.sessions_closed.add();
}

bool Session::establish() {
  if (established_) return true;
  const std::optional<bool> result = client_->establish();
  if (!result) return false;
  if (!*result) {
    station_.metrics.handshakes_failed.add();
    end(true);
    return false;
  }
  established_ = true;
  if (const tls::Engine* tls = client_->tls(); tls != nullptr) {
    station_.metrics.handshakes.add();
    if (tls->resumed()) station_.metrics.handshakes_resumed.add();
  }
  idle_since_ = station_.now();
  return true;
}

void Session::step() {
  if (gone_) return;
  if (client_ != nullptr && establish()) {
    for (int count = 0; count < kPipelinedMax; ++count) {
      exchange_.advance();
      if (!exchange_.done()) break;
      if (!exchange_.reusable()) {
        end(!exchange_.cut());
        break;
      }
      exchange_.restart();
      idle_since_ = station_.now();
    }
  }
  if (gone_) return;
  if (exchange_.idle() && established_) {
    in_.drop_if_empty();
    if (client_->ended()) return end(!client_->failed());
    if (draining_) return end(true);
  }
  client_->want(true, exchange_.bulk());
  client_->settle();
  if (net::Link* origin = exchange_.origin_link(); origin != nullptr) origin->settle();
  schedule();
}

void Session::schedule() {
  MonotonicNs at = kNever;
  if (!established_) at = handshake_deadline_;
  else if (exchange_.idle()) at = idle_since_ + station_.current->snapshot->deadlines.idle;
  else at = exchange_.wake_at();
  station_.wheel.schedule(timer_, at);
}

void Session::expired(MonotonicNs now) {
  if (gone_) return;
  if (!established_) {
    station_.metrics.handshakes_failed.add();
    return end(false);
  }
  if (exchange_.idle()) {
    if (now >= idle_since_ + station_.current->snapshot->deadlines.idle) return end(true);
    return schedule();
  }
  exchange_.expired(now);
}

void Session::answered(const ToWorker& answer) { exchange_.answered(answer); }

void Session::stop() {
  if (gone_) return;
  exchange_.client_gone(Reason::gateway_draining);
  end(false);
}

void Session::end(bool gracefully) {
  if (gone_) return;
  GH_ASSERT(exchange_.idle() || exchange_.done());
  if (client_ != nullptr) {
    if (gracefully) client_->finish();
    else client_->abort(exchange_.passes_for_whole());
  }
  client_ = nullptr;
  gone_ = true;
  in_.drop();
  station_.wheel.cancel(timer_);
}

}  // namespace gatehouse::proxy
