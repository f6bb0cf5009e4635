#include "mask/part_source.h"

#include "codec/charset.h"
#include "http/message.h"
#include "mask/copy_masker.h"
#include "mask/plan.h"

namespace gatehouse::mask {
namespace {

using codec::Form;

bool is_identity(ByteView transfer_encoding) {
  for (const ByteView name : {ByteView("binary"), ByteView("8bit"), ByteView("7bit")})
    if (http::equals_ignore_case(transfer_encoding, name)) return true;
  return transfer_encoding.empty();
}

bool is_page(Form form) { return form == Form::zip || form == Form::pdf || form == Form::image || form == Form::binary; }
bool is_packed(Form form) { return form == Form::gzip || form == Form::zlib || form == Form::zstd; }

}  // namespace

void PartSource::start(const Task& task, uint64_t at) {
  task_ = task;
  at_ = at;
  codec::MultipartOptions options;
  options.form_data = form_data_;
  options.closing_required = false;
  options.padding_allowed = true;
  multipart_.emplace(boundary_, options);
  fields_.prepare(*task.plan);
  fields_.start(*task.plan, task.masks);
  fields_.open(json::Kind::object);
  strongest_ = strongest_rule(*task.plan, task.masks);
  rule_ = kNoRule;
  way_ = Way::none;
  number_ = 0;
  failed_ = false;
}

bool PartSource::feed(uint64_t, ByteView bytes) {
  return multipart_->feed(bytes, *this) == codec::MultipartError::none && !failed_;
}

bool PartSource::finish() { return multipart_->finish(*this) == codec::MultipartError::none && !failed_; }

void PartSource::framing(ByteView raw, uint64_t offset) {
  if (!failed_) task_.editor->passed(at_ + offset + raw.size());
}

ByteView PartSource::begin(const codec::PartHead& head) {
  if (failed_) return {};
  ++number_;
  around_ = task_.around.with("part \xff ", number_);
  show_head(head);
  part_ = end_ = at_ + head.offset + head.raw.size();
  task_.editor->passed(part_);
  content_type_ = head.content_type;
  coded_base64_ = http::equals_ignore_case(head.transfer_encoding, "base64");
  compressed_ = !head.content_encoding.empty() && !http::equals_ignore_case(head.content_encoding, "identity");
  if (!coded_base64_ && !is_identity(head.transfer_encoding)) fail();
  rule_ = kNoRule;
  if (head.has_name) {
    name_.assign(head.name);
    name_.append(kSimdPadding, '\0');   // readable behind it
    fields_.key(ByteView(name_).substr(0, head.name.size()));
    rule_ = fields_.rule();
  }
  way_ = Way::unknown;
  const Typed typed = read_type(content_type_);
  if (typed.form == Form::multipart && !typed.boundary.empty()) return typed.boundary;
  if (coded_base64_) {
    way_ = rule_ != kNoRule ? Way::drop : Way::base64;
    base64_.start(task_of_part(), part_, content_type_, strongest_, around_);
  }
  return {};
}

/// The values of a part's head.
void PartSource::show_head(const codec::PartHead& head) {
  for (const codec::PartField& field : head.fields) {
    if (field.value.empty()) continue;
    PlaceText place(around_);
    place.add(field.name);
    const Site site{place.place(), {}, Style::line, kNoRule, 0};
    const uint64_t at = at_ + head.offset + static_cast<uint64_t>(field.value.data() - head.raw.data());
    const ByteView value = task_.editor->raw(at, field.value.size());
    if (!codec::is_utf8(value)) fail();
    else task_.editor->text(site, {value, at, nullptr, 0});
  }
}

Task PartSource::task_of_part() const {
  Task task = task_;
  task.around = around_;
  task.flows = task_.flows + number_;
  return task;
}

void PartSource::data(ByteView bytes, uint64_t offset) {
  if (failed_) return;
  const uint64_t at = at_ + offset;
  end_ = at + bytes.size();
  if (way_ == Way::unknown) choose_way(false);
  else take(at);
}

/// How the data of a part is to be read, as soon as its first bytes tell.
void PartSource::choose_way(bool whole) {
  const ByteView begun = task_.editor->raw(part_, static_cast<size_t>(end_ - part_));
  if (!whole && begun.size() < codec::kSniffBytes) return;
  const Form found = codec::sniff(begun.substr(0, codec::kSniffBytes));
  if (compressed_ || is_packed(found)) way_ = rule_ != kNoRule ? Way::drop : Way::packed;
  else if (is_page(found)) way_ = Way::drop;
  else way_ = Way::body;
  if (way_ == Way::body) {
    typed_ = read_type(content_type_);
    body_.start(task_of_part(), part_, typed_);
    body_.cover(rule_);
  }
  take(part_);
}

/// Takes the data from `at` on.
void PartSource::take(uint64_t at) {
  const size_t length = static_cast<size_t>(end_ - at);
  switch (way_) {
    case Way::none:
    case Way::unknown: break;
    case Way::body:
      if (length > 0 && body_.feed(at, task_.editor->raw(at, length)) != Body::Verdict::good) fail();
      break;
    case Way::base64:
      if (!base64_.feed(end_)) fail();
      break;
    case Way::packed:
      if (end_ - part_ > kTextWhole) fail();
      break;
    case Way::drop:
      put(at, length, {});
      task_.editor->passed(end_);
      break;
  }
}

void PartSource::put(uint64_t at, uint64_t length, ByteView text) {
  if (length > 0)
    task_.editor->replace(at, length, text, rule_ == kNoRule ? strongest_ : rule_, detect::Detector::copy, detect::Evidence::copy,
                          around_.place());
}

void PartSource::end(uint8_t) {
  if (!failed_ && way_ == Way::unknown && end_ > part_) choose_way(true);
  if (!failed_ && way_ == Way::body && body_.finish() != Body::Verdict::good) fail();
  if (!failed_ && way_ == Way::base64 && !base64_.finish()) fail();
  if (!failed_ && way_ == Way::packed) {
    const size_t length = static_cast<size_t>(end_ - part_);
    const Encoded::Outcome outcome = task_.copies->look_packed(task_.editor->raw(part_, length));
    if (outcome.kind == Encoded::Kind::rewritten || outcome.kind == Encoded::Kind::dropped) put(part_, length, outcome.text);
  }
  if (!failed_) task_.editor->passed(end_);
  way_ = Way::none;
}

}  // namespace gatehouse::mask
