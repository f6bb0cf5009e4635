#include "load/origin.h"

#include "http/head_writer.h"

namespace gatehouse::load {
namespace {

constexpr size_t kScratchBytes = 64 * 1024;
constexpr uint32_t kListener = 0x7fffff;   // the owner's slot of the accept operation

}  // namespace

std::unique_ptr<Origin> Origin::make(int listener, int status, const std::string& type, const std::string& body) {
  std::unique_ptr<Origin> origin(new Origin(listener));
  char room[4096];
  http::HeadWriter head({room, sizeof room});
  head.status_line(status, http::status_phrase(status));
  if (!type.empty()) head.field("Content-Type", type);
  head.field("Content-Length", body.size());
  head.finish();
  if (head.failed()) return nullptr;
  origin->answer_ = std::string(head.bytes()) + body;
  origin->scratch_ = std::make_unique<char[]>(kScratchBytes + kSimdPadding);
  return origin;
}

Origin::~Origin() = default;

void Origin::attach(uring::Ring& ring, net::Links& links) {
  ring_ = &ring;
  links_ = &links;
  ring.accept(listener_, {{kListener, 0}, uring::Op::accept});
}

void Origin::accepted(const uring::Completion& completion) {
  if (!completion.more && !stopped_) ring_->accept(listener_, {{kListener, 0}, uring::Op::accept});
  if (completion.result < 0) return;
  Address address;
  SlotId id;
  if (stopped_ || links_->full()) return ring_->drop(completion.result);
  const auto socket = ring_->adopt(completion.result, &address);
  if (!socket) return;
  net::Link* link = links_->make(net::Side::client, &id);
  GH_ASSERT(link != nullptr);
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(sessions_.size()));
    sessions_.push_back(std::make_unique<Session>());
  }
  const uint32_t number = free_.back();
  free_.pop_back();
  Session& session = *sessions_[number];
  session.link = link;
  session.in_body = false;
  session.in.clear();
  session.scan = {};
  link->address = address;
  link->start_accepted(*socket, nullptr);
  link->owner = {number | kOriginOwner, 0};
  link->settle();
}

void Origin::step(SlotId owner) {
  const uint32_t number = owner.slot & ~kOriginOwner;
  Session& session = *sessions_[number];
  while (session.link != nullptr) {
    size_t count = 0;
    const net::Input input = session.link->read({scratch_.get(), kScratchBytes}, &count);
    if (input == net::Input::none) break;
    if (input != net::Input::data) end(session, input == net::Input::end);
    else if (!consume(session, {scratch_.get(), count})) end(session, true);
  }
  if (session.link != nullptr) session.link->settle();
  else free_.push_back(number);
}

bool Origin::take_head(Session& session, ByteView& bytes, std::string& kept) {
  if (!session.in.empty()) {
    session.in.append(bytes);
    kept.swap(session.in);
    session.in.clear();
    bytes = kept;
  }
  const auto result = http::parse_request_head(bytes, {}, session.scan, head_);
  if (result.status == http::ParseStatus::error) return false;
  if (result.status == http::ParseStatus::need_more) {
    session.in = bytes;
    bytes = {};
    return true;
  }
  bytes.remove_prefix(result.consumed);
  session.scan = {};
  session.in_body = true;
  session.keep = head_.keep_alive;
  session.decoder = http::BodyDecoder(head_.framing, head_.content_length);
  if (head_.expect_continue) session.link->write("HTTP/1.1 100 Continue\r\n\r\n");
  return true;
}

// Takes all of `bytes`; false when the session is over.
bool Origin::consume(Session& session, ByteView bytes) {
  std::string kept;   // what `bytes` points into after a head that came in pieces
  while (!bytes.empty() || session.in_body) {
    if (!session.in_body && !take_head(session, bytes, kept)) return false;
    if (!session.in_body) return true;
    while (!bytes.empty() && !session.decoder.done()) {
      const auto step = session.decoder.feed(bytes);
      if (step.reason != Reason::none) return false;
      bytes.remove_prefix(step.consumed);
    }
    if (!session.decoder.done()) return true;
    session.link->write(answer_);
    ++answered_;
    session.in_body = false;
    if (!session.keep) return false;
  }
  return true;
}

void Origin::end(Session& session, bool gracefully) {
  net::Link* link = session.link;
  session.link = nullptr;
  if (gracefully) link->finish();
  else link->abort();
}

void Origin::stop() {
  stopped_ = true;
  for (auto& session : sessions_)
    if (session->link != nullptr) end(*session, false);
}

}  // namespace gatehouse::load
