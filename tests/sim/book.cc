#include "book.h"

#include <cstdlib>
#include <string_view>

#include "codec/encoder.h"

namespace gatehouse::sim {

namespace {

constexpr const char* kRoutes[] = {"open", "masked", "guarded", "held", "denied", "nowhere"};
constexpr std::string_view kWords[] = {"chunk",  "text",  "overlap", "token",
                                  "window", "split", "page",    "recursive"};

/// redacted is what the mask "authors" leaves of a text value.
std::string redacted(const std::string&) {
  return "[redacted:authors]";
}

}  // namespace

std::string gzipped(const std::string& content) {
  codec::Encoder encoder;
  encoder.start(codec::Coding::gzip);
  std::string out;
  char room[4096];
  codec::Progress progress;
  for (size_t taken = 0; taken < content.size(); taken += progress.consumed) {
    progress = encoder.step(std::string_view(content).substr(taken), room);
    out.append(room, progress.produced);
  }
  do {
    progress = encoder.finish(room);
    out.append(room, progress.produced);
  } while (progress.status == codec::Status::ok);
  return out;
}

const char* form_name(Form form) {
  constexpr const char* kForms[] = {"no body", "length", "chunked", "until close"};
  return kForms[static_cast<size_t>(form)];
}

const char* route_name(Route route) {
  return kRoutes[static_cast<size_t>(route)];
}

bool Ask::may_reach() const {
  if (caller != Caller::member || guard_hit || not_json) return false;
  switch (route) {
    case Route::open:
    case Route::masked:
    case Route::guarded: return true;
    case Route::held: return granted;
    case Route::denied:
    case Route::nowhere: return false;
  }
  return false;
}

int Ask::refusal() const {
  switch (caller) {
    case Caller::nobody:
    case Caller::forged:
    case Caller::expired: return 401;
    case Caller::outsider: return 403;
    case Caller::member: break;
  }
  if (route == Route::denied || route == Route::nowhere || guard_hit) return 403;
  if (not_json) return 400;
  return 0;
}

std::string Book::words(size_t length) {
  std::string out;
  while (out.size() < length) {
    out += kWords[random_.below(8)];
    out += ' ';
  }
  out.resize(length);
  return out;
}

size_t Book::draw_size() {
  switch (random_.below(12)) {
    case 0: return 0;
    case 1: return random_.between(20'000, 70'000);
    case 2: return random_.between(100'000, 400'000);
    case 3:
      return random_.one_of<size_t>({32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 64 * 1024, 64 * 1024 + 1});
    default: return random_.between(1, 3000);
  }
}

Ask& Book::draw() {
  asks_.push_back(std::make_unique<Ask>());
  Ask& ask = *asks_.back();
  ask.number = static_cast<uint32_t>(asks_.size());
  const uint64_t route = random_.below(20);
  if (route < 7)
    ask.route = Route::open;
  else if (route < 11)
    ask.route = Route::masked;
  else if (route < 14)
    ask.route = Route::guarded;
  else if (route < 18)
    ask.route = Route::held;
  else if (route < 19)
    ask.route = Route::denied;
  else
    ask.route = Route::nowhere;
  if (random_.chance(1, 8))
    ask.caller = random_.one_of({Caller::outsider, Caller::nobody, Caller::forged, Caller::expired});
  ask.path = std::string("/") + route_name(ask.route) + "/e" + std::to_string(ask.number);
  draw_body(ask);
  draw_answer(ask);
  ask.close = random_.chance(1, 12);
  return ask;
}

void Book::draw_body(Ask& ask) {
  if (random_.chance(1, 4)) {
    ask.method = ask.route == Route::open && random_.chance(1, 4) ? "HEAD" : "GET";
    return;
  }
  ask.method = "POST";
  const size_t size = draw_size();
  ask.form = random_.chance(1, 2) ? Form::chunked : Form::length;
  ask.expect_continue = random_.chance(1, 10);
  if (ask.body_inspected() && random_.chance(1, 8)) {
    ask.not_json = true;
    ask.body = "{\"text\": " + words(size + 1);
    return;
  }
  ask.guard_hit = ask.body_inspected() && random_.chance(1, 5);
  ask.body = "{\"n\":" + std::to_string(ask.number) + ",\"text\":\"" + words(size) +
             (ask.guard_hit ? "please DROP TABLE chunks" : "") + "\"}";
  Random more(size * 37 + ask.number);   // of its own, as below
  if (!more.chance(1, 4)) return;
  ask.content = ask.body;
  ask.body = gzipped(ask.content);
}

void Book::draw_answer(Ask& ask) {
  ask.answer_status = random_.chance(1, 10) ? random_.one_of({201, 404, 422, 500}) : 200;
  if (random_.chance(1, 25)) {
    ask.answer_status = random_.one_of({204, 304});
    ask.answer_form = Form::none;
    return;
  }
  const uint64_t form = random_.below(10);
  ask.answer_form = form < 5 ? Form::length : form < 9 ? Form::chunked : Form::until_close;
  ask.answer_close = random_.chance(1, 10);
  std::string head = "{\"n\":" + std::to_string(ask.number) + ",\"chunks\":[";
  ask.answer = ask.answer_masked = head;
  const size_t chunks = random_.between(0, 5);
  size_t size = draw_size();
  if (ask.route == Route::open && size >= 200'000) size *= 4;   // streamed: as much as must never wait at once
  for (size_t i = 0; i < chunks; ++i) {
    const std::string text = words(size / chunks);
    const std::string author = words(3 + random_.below(6)) + "@mail.example";
    const std::string rest = "\"},\"id\":" + std::to_string(i) + "}";
    const std::string front =
        std::string(i > 0 ? "," : "") + "{\"text\":\"" + text + "\",\"metadata\":{\"author\":\"";
    ask.answer += front + author + rest;
    ask.answer_masked += front + redacted(author) + rest;
  }
  ask.answer += "]}";
  ask.answer_masked += "]}";
  if (ask.route != Route::masked) ask.answer_masked = ask.answer;
  Random more(size * 31 + ask.number);   // of its own: the worlds of before stay what they were
  if (ask.route == Route::masked && more.chance(1, 2)) in_pieces(ask, more);
}

/// in_pieces makes lines or events of it, more than a worker may do in one turn, and such that pieces of it often end in what may
/// be the beginning of the origin's credential.
void Book::in_pieces(Ask& ask, Random& random) {
  ask.answer_kind = random.one_of({Kind::json, Kind::ndjson, Kind::events});
  const bool events = ask.answer_kind == Kind::events;
  const size_t count = random.one_of<size_t>({1, 3, 40, 2000});
  ask.answer.clear();
  ask.answer_masked.clear();
  if (ask.answer_kind == Kind::json) ask.answer = ask.answer_masked = "[";
  for (size_t i = 0; i < count; ++i) {
    std::string text = std::string(kWords[random.below(8)]) + " origin-credential-0123456789";
    text.erase(text.size() - random.between(1, 27));
    const std::string front = std::string(events ? "data: " : i > 0 && ask.answer_kind == Kind::json ? "," : "") + "{\"text\":\"" + text;
    const std::string middle = "\",\"metadata\":{\"author\":\"";
    const std::string back = std::string("\"}}") + (events ? "\n\n" : ask.answer_kind == Kind::ndjson ? "\n" : "");
    const std::string author = std::string(kWords[random.below(8)]) + "@mail.example";
    ask.answer += front + middle + author + back;
    ask.answer_masked += front + middle + redacted(author) + back;
  }
  if (ask.answer_kind == Kind::json) ask.answer += "]", ask.answer_masked += "]";
}

Ask* Book::find_path(const std::string& path) {
  const size_t at = path.rfind("/e");
  return at == std::string::npos ? nullptr
                                 : find(static_cast<uint32_t>(strtoul(path.c_str() + at + 2, nullptr, 10)));
}

}  // namespace gatehouse::sim
