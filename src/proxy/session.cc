#include "proxy/session.h"

#include <algorithm>
#include <utility>

#include "net/proxy_header.h"
#include "telemetry/log_line.h"

namespace gatehouse::proxy {
namespace {

constexpr MonotonicNs kLastIdle = 5 * kNsPerSecond;   // that a retiring session waits for one more request
// Of a Unix socket all clients have the same address: the user tells them apart ("unix:uid:1000").
std::string address_text(const net::Link& client) {
  std::string text = format_address(client.address);
  if (client.address.is_unix() && client.user()) text += "uid:" + std::to_string(*client.user());
  return text;
}

constexpr int kPipelinedMax = 64;   // exchanges of one session in one turn; more wait for the next

}  // namespace

Session::Session(SlotId id, Station& station, uint32_t listener, net::Link& client, bool proxied)
    : station_(station), id_(id), listener_(listener), client_(&client), client_address_(client.address),
      client_text_(address_text(client)), in_(station.blocks), exchange_(*this, station),
      proxy_header_due_(proxied) {
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
  if (proxy_header_due_) {
    const std::optional<bool> taken = take_proxy_header();
    if (!taken) return false;
    if (!*taken) {
      end(false);
      return false;
    }
  }
  const std::optional<bool> result = client_->establish();
  if (!result) return false;
  if (!*result) {
    station_.metrics.handshakes_failed.add();
    count_end(Reason::client_tls);
    tell_refused_client();
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

// Takes the header's bytes and no more: what follows is the client's, for TLS or HTTP.
std::optional<bool> Session::take_proxy_header() {
  for (;;) {
    const net::ProxyHeader header = net::parse_proxy_header(in_.unread());
    if (header.state == net::ProxyHeader::State::malformed) {
      refuse_proxy_header(header.error);
      return false;
    }
    if (header.state == net::ProxyHeader::State::complete) {
      if (header.has_client) {
        proxy_text_ = std::exchange(client_text_, format_address(header.client));
        client_address_ = header.client;
      }
      break;
    }
    size_t count = 0;
    const size_t missing = header.wants - in_.unread().size();
    const net::Input input = client_->read(in_.room().first(missing), &count);
    if (input == net::Input::none) return std::nullopt;
    if (input != net::Input::data) {
      refuse_proxy_header("the connection ended within it");
      return false;
    }
    in_.filled(count);
  }
  in_.drop();
  proxy_header_due_ = false;
  const auto& settings = station_.current->snapshot->worker_tls[station_.worker].listeners[listener_];
  if (settings != nullptr) client_->start_tls(*settings);
  return true;
}

// Whose certificate is refused sees no more than an alert: the operator is told why.
void Session::tell_refused_client() {
  const config::Listener& listener = station_.current->snapshot->listeners[listener_];
  if (listener.clients == nullptr || client_->tls() == nullptr) return;
  telemetry::LogText text;
  telemetry::LogLine line(text, station_.wall_now(), telemetry::Level::info, "client_handshake_failed");
  line.text("client", client_text_).text("listener", listener.name).text("why", client_->tls()->error()).finish();
  if (!station_.log_lines.push(std::move(text))) station_.metrics.log_lines_lost.add();
}

void Session::refuse_proxy_header(ByteView why) {
  station_.metrics.proxy_headers_refused.add();
  telemetry::LogText text;
  telemetry::LogLine line(text, station_.wall_now(), telemetry::Level::warning, "proxy_header_refused");
  line.text("proxy", client_text_).text("listener", station_.current->snapshot->listeners[listener_].name);
  line.text("why", why).finish();
  if (!station_.log_lines.push(std::move(text))) station_.metrics.log_lines_lost.add();
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

void Session::retire() {
  retiring_ = true;
  idle_since_ = std::max(idle_since_, station_.now());   // no client finds it closed the moment it asks
}

MonotonicNs Session::idle_until() const {
  const MonotonicNs idle = station_.current->snapshot->deadlines.idle;
  return idle_since_ + (retiring_ ? std::min(idle, kLastIdle) : idle);
}

// An end that was brought forward is looked at in time, though nothing else moves.
bool Session::ledger_changed() {
  const bool over = exchange_.ledger_changed();
  if (!over && established_ && !exchange_.idle()) schedule();
  return over;
}

void Session::schedule() {
  MonotonicNs at = kNever;
  if (!established_) at = handshake_deadline_;
  else if (exchange_.idle()) at = idle_until();
  else at = exchange_.wake_at();
  station_.wheel.schedule(timer_, at);
}

void Session::expired(MonotonicNs now) {
  if (gone_) return;
  if (!established_) {
    if (proxy_header_due_) refuse_proxy_header("not within deadlines.handshake");
    else station_.metrics.handshakes_failed.add();
    count_end(Reason::deadline_handshake);
    return end(false);
  }
  if (exchange_.idle()) {
    if (now < idle_until()) return schedule();
    count_end(Reason::client_idle);
    return end(true);
  }
  exchange_.expired(now);
}

// What ends an exchange is counted with it.
void Session::count_end(Reason reason) {
  station_.metrics.sessions_by_reason[telemetry::reason_index(reason)].add();
}

void Session::answered(const ToWorker& answer) { exchange_.answered(answer); }
void Session::show(const ToWorker& asked, ToControl& shown) const { exchange_.show(asked, shown); }

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
