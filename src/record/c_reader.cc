// The C reader of gatehouse/record_reader.h, over Reader.
#include "gatehouse/record_reader.h"

#include <algorithm>
#include <new>

#include "record/reader.h"

using gatehouse::ByteView;
namespace record = gatehouse::record;

struct gatehouse_reader {
  record::OpenKeys keys;
  std::unique_ptr<record::Reader> reader;
  gatehouse_record current{};
  gatehouse_damage damage{};
  record::Damage damaged;   // what `damage` points into
  std::string error;
};

namespace {

gatehouse_bytes bytes_of(ByteView view) { return {view.empty() ? nullptr : view.data(), view.size()}; }

void say(char* error, size_t size, ByteView text) {
  if (error == nullptr || size == 0) return;
  const size_t count = std::min(text.size(), size - 1);
  text.copy(error, count);
  error[count] = '\0';
}

gatehouse_seal seal_of(record::Seal seal) {
  switch (seal) {
    case record::Seal::absent: return GATEHOUSE_SEAL_ABSENT;
    case record::Seal::opened: return GATEHOUSE_SEAL_OPENED;
    case record::Seal::no_key: return GATEHOUSE_SEAL_NO_KEY;
    case record::Seal::wrong_key: return GATEHOUSE_SEAL_WRONG_KEY;
    case record::Seal::no_keys: return GATEHOUSE_SEAL_NO_KEYS;
    case record::Seal::no_tenant: return GATEHOUSE_SEAL_NO_TENANT;
    case record::Seal::wrong_tenant: return GATEHOUSE_SEAL_WRONG_TENANT;
    case record::Seal::damaged: return GATEHOUSE_SEAL_DAMAGED;
  }
  return GATEHOUSE_SEAL_DAMAGED;
}

void fill(const record::RecordView& view, gatehouse_record* out) {
  out->kind = view.header.kind;
  std::memcpy(out->exchange, view.header.exchange, sizeof out->exchange);
  record::put_id(view.epoch.process, out->process);
  out->worker = view.epoch.worker;
  out->sequence = view.header.sequence;
  out->wall_ns = view.header.wall_ns;
  out->operations = seal_of(view.operations);
  out->auditor = seal_of(view.auditor);
  out->sections = bytes_of(view.payload);
  out->file = bytes_of(view.file);
  out->place = view.place;
}

void fill(const record::Damage& damage, gatehouse_damage* out) {
  out->file = bytes_of(damage.file);
  out->place = damage.place;
  out->sequence = damage.sequence;
  record::put_id(damage.exchange, out->exchange);
  out->what = bytes_of(damage.what);
}

gatehouse_step step(gatehouse_reader& reader) {
  switch (reader.reader->next()) {
    case record::Stream::Step::record: fill(reader.reader->record(), &reader.current); return GATEHOUSE_RECORD;
    case record::Stream::Step::damage:
      reader.damaged = reader.reader->damage();
      fill(reader.damaged, &reader.damage);
      return GATEHOUSE_DAMAGE;
    case record::Stream::Step::end: return GATEHOUSE_END;
  }
  return GATEHOUSE_FAILED;
}

}  // namespace

gatehouse_reader* gatehouse_reader_open(const char* dir, const char* ring_dir, const char* const* keys, size_t key_count,
                                        char* error, size_t error_size) {
  try {
    auto reader = std::make_unique<gatehouse_reader>();
    record::Reader::Options options;
    options.dir = dir == nullptr ? "" : dir;
    options.ring_dir = ring_dir == nullptr ? "" : ring_dir;
    options.keys = &reader->keys;
    for (size_t i = 0; i < key_count; ++i) {
      if (auto read = reader->keys.read(keys[i]); !read) return say(error, error_size, read.error()), nullptr;
    }
    auto opened = record::Reader::open(options);
    if (!opened) return say(error, error_size, opened.error()), nullptr;
    reader->reader = std::move(*opened);
    return reader.release();
  } catch (const std::exception& failure) {   // of memory
    return say(error, error_size, failure.what()), nullptr;
  }
}

void gatehouse_reader_close(gatehouse_reader* reader) { delete reader; }

gatehouse_step gatehouse_reader_next(gatehouse_reader* reader) {
  try {
    return step(*reader);
  } catch (const std::exception& failure) {   // of memory
    reader->error = failure.what();
    return GATEHOUSE_FAILED;
  }
}

const gatehouse_record* gatehouse_reader_record(const gatehouse_reader* reader) { return &reader->current; }
const gatehouse_damage* gatehouse_reader_damage(const gatehouse_reader* reader) { return &reader->damage; }
const char* gatehouse_reader_error(const gatehouse_reader* reader) { return reader->error.c_str(); }

int gatehouse_section_next(gatehouse_bytes* row, gatehouse_section* section) {
  const ByteView whole(static_cast<const char*>(row->data), row->size);
  record::SectionReader sections(whole);
  record::Tag tag;
  ByteView value;
  if (!sections.next(&tag, &value)) return sections.malformed() ? -1 : 0;
  section->tag = static_cast<uint16_t>(tag);
  section->value = bytes_of(value);
  *row = bytes_of(whole.substr(GATEHOUSE_RECORD_SECTION_BYTES + value.size()));
  return 1;
}

int gatehouse_section_number(const gatehouse_section* section, uint64_t* number) {
  return record::read_number({static_cast<const char*>(section->value.data), section->value.size}, number) ? 1 : 0;
}

const char* gatehouse_tag_name(uint16_t tag) { return record::tag_name(static_cast<record::Tag>(tag)).data(); }
const char* gatehouse_kind_name(uint16_t kind) { return record::kind_name(static_cast<record::Kind>(kind)).data(); }
int gatehouse_reader_version(void) { return GATEHOUSE_READER_VERSION; }
