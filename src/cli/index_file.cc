#include "cli/index_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace gatehouse::cli {
namespace {

using record::Stream;

constexpr uint64_t kIndexBytesMax = 256 << 20;   // sizes of files are hostile: a hole costs nothing on disk

/// most is how large an index of the segment can be: it keeps a part of it.
uint64_t most(const record::SegmentEntry& segment) { return std::min(segment.bytes, kIndexBytesMax); }

/// is_of compares an index with the segment as it is: whoever wrote to one since the index was made changed its last record.
bool is_of(const IndexMark& mark, const record::Descriptor& folder, const record::SegmentEntry& segment) {
  if (mark.header_crc != segment.header.header_crc || mark.segment_bytes != segment.bytes || mark.last_place == 0) return false;
  uint64_t bytes = 0;
  const record::Descriptor file = record::open_regular(folder, segment.name, false, &bytes);
  char raw[record::kHeaderBytes];
  if (!file.valid() || record::read_at(file, mark.last_place, raw) != sizeof raw) return false;
  record::RecordHeader header;
  std::memcpy(&header, raw, sizeof header);
  return record::chain_of(header.chain) == mark.last_chain && record::header_crc(header) == header.header_crc;
}

}  // namespace

std::optional<std::string> load_index(const record::Descriptor& folder, const record::SegmentEntry& segment,
                                      const record::Epoch& epoch) {
  if (!segment.header_good) return std::nullopt;
  uint64_t bytes = 0;
  const record::Descriptor file = record::open_regular(folder, segment.name + kIndexSuffix, false, &bytes);
  if (!file.valid() || bytes > most(segment)) return std::nullopt;
  std::string content(bytes, '\0');
  IndexReader reader;
  IndexEntry entry;
  if (record::read_at(file, 0, content) != bytes || !reader.open(content, epoch)) return std::nullopt;
  if (!is_of(reader.mark(), folder, segment)) return std::nullopt;
  while (reader.next(&entry)) {
  }
  if (!reader.ok()) return std::nullopt;
  return content;
}

void save_index(const record::Descriptor& folder, const record::SegmentEntry& segment, ByteView bytes) {
  if (!segment.header_good || bytes.size() > most(segment)) return;
  const std::string name = segment.name + kIndexSuffix, draft = name + "." + std::to_string(::getpid());
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  const record::Descriptor file(::openat(folder.get(), draft.c_str(), flags, 0600));
  if (!file.valid()) return;
  const bool good =
      record::write_at(file, 0, bytes) == 0 && ::renameat(folder.get(), draft.c_str(), folder.get(), name.c_str()) == 0;
  if (!good) ::unlinkat(folder.get(), draft.c_str(), 0);
}

Indexed index_segment(const record::Descriptor& folder, const record::SegmentEntry& segment, const record::Epoch& epoch) {
  Indexed out;
  IndexBuilder builder;
  record::Catalog catalog;
  record::Catalog::Part part;
  part.segments.push_back(segment);
  record::Opening opening(nullptr, nullptr);
  const auto stream = record::open_stream(folder, nullptr, epoch, std::move(part), &catalog, segment.header.index);
  const uint64_t end = segment.header.base + record::segment_data(segment.header.segment_bytes);
  for (Stream::Step step = stream->next(); step != Stream::Step::end; step = stream->next()) {
    if (step == Stream::Step::damage) {
      if (stream->offset() > end) break;
      out.damages.push_back(stream->damage());
    } else if (stream->record().offset >= end) {
      break;
    } else {
      record::RecordView record = stream->record();
      opening.open(record);   // with no key: the sections in clear
      builder.see(record);
    }
  }
  out.ended = builder.ended();
  out.bytes = builder.finish(segment.header);
  return out;
}

}  // namespace gatehouse::cli
