#include "erase/pointers.h"

#include <algorithm>
#include <cstring>

#include "json/escape.h"

namespace gatehouse::erase {
namespace {

constexpr size_t kStep = 4096;   // of a piece at a time, with padding behind

}  // namespace

void Eraser::Pointers::start(const ErasePlan& plan) {
  plan_ = &plan;
  stream_.start({.duplicates = true, .lone_surrogates = true});   // whatever a service may read
  broken_ = false;
  passed_ = 0;
  rows_.clear(), kinds_.clear(), places_.clear(), name_.clear();
  inside_ = 0;
  row_.resize(plan.paths().words());
  plan.paths().begin(~uint64_t{0}, row_.data());
}

void Eraser::Pointers::find(ByteView piece, std::vector<Erased>* out) {
  piece_ = piece;
  out_ = out;
  own_ = out->size();
  char block[kStep + kSimdPadding];
  for (size_t at = 0; at < piece.size() && !broken_; at += kStep) {
    const ByteView bytes = piece.substr(at, kStep);
    bytes.copy(block, bytes.size());
    std::memset(block + bytes.size(), 0, kSimdPadding);
    broken_ = stream_.feed({block, bytes.size()}, passed_ + at, *this) != json::StreamError::none;
  }
  passed_ += piece.size();
}

/// value makes row_ the row of the value that begins now; its key was seen, or it is an element.
void Eraser::Pointers::value() {
  if (inside_ != 0) return;
  const size_t words = plan_->paths().words();
  if (!kinds_.empty() && kinds_.back() == json::Kind::array)
    plan_->paths().element(rows_.data() + rows_.size() - words, places_.back(), row_.data());
  name_.clear();
  plan_->paths().for_each_match(row_.data(), [this](uint32_t label) { name_ = plan_->path(label); });
}

void Eraser::Pointers::open(json::Kind kind, uint64_t) {
  value();
  if (inside_ != 0 || !name_.empty()) ++inside_;
  if (inside_ == 1) own_ = out_->size();
  kinds_.push_back(kind);
  places_.push_back(0);
  rows_.insert(rows_.end(), row_.begin(), row_.end());
}

void Eraser::Pointers::close(json::Kind, uint64_t) {
  if (inside_ != 0 && --inside_ == 0) name_.clear();
  kinds_.pop_back();
  places_.pop_back();
  rows_.resize(rows_.size() - plan_->paths().words());
}

void Eraser::Pointers::comma(uint64_t) {
  if (!places_.empty()) ++places_.back();
}

void Eraser::Pointers::key(const json::Part& key) {
  if (inside_ != 0) return add(key.at, key.raw.size(), false);
  key_.resize(key.raw.size() + json::kCopySlack);
  const size_t size = json::unescape(key.raw.data(), 0, static_cast<uint32_t>(key.raw.size()), key.escapes, key.escape_count,
                                     key_.data());
  std::memset(key_.data() + size, 0, 8);
  const Word* from = rows_.data() + rows_.size() - plan_->paths().words();
  plan_->paths().key(from, plan_->paths().symbol({key_.data(), size}), row_.data());
}

void Eraser::Pointers::string_begin(uint64_t) { value(); }

void Eraser::Pointers::string_part(const json::Part& part) {
  if (!name_.empty()) add(part.at, part.raw.size(), false);
}

void Eraser::Pointers::string_end(uint64_t) {
  if (inside_ == 0) name_.clear();
}

void Eraser::Pointers::number(uint64_t at, ByteView raw, json::NumberShape) {
  value();
  if (!name_.empty()) add(at, raw.size(), true);
  if (inside_ == 0) name_.clear();
}

void Eraser::Pointers::literal(uint64_t, ByteView) {
  value();
  if (inside_ == 0) name_.clear();
}

/// add: what began in a piece before was recorded with it, but for the bytes of this one. A key, number or escape that a piece's
/// end cut is told only now: its beginning cannot be taken back.
void Eraser::Pointers::add(uint64_t at, size_t bytes, bool is_number) {
  const uint64_t end = at + bytes;
  if (end <= passed_) return;
  const uint64_t begin = std::max(at, passed_) - passed_;
  if (is_number && inside_ != 0 && out_->size() > own_ && out_->back().number) {   // one run, as Eraser::container makes it
    out_->back().end = static_cast<uint32_t>(std::min<uint64_t>(end - passed_, piece_.size()));
    return;
  }
  out_->push_back({static_cast<uint32_t>(begin), static_cast<uint32_t>(std::min<uint64_t>(end - passed_, piece_.size())), is_number,
                   at < passed_, name_});
}

}  // namespace gatehouse::erase
