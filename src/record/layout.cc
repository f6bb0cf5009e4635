#include "record/layout.h"

#include <bit>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "crypto/digest.h"

namespace gatehouse::record {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little endian and used in place");

template <typename T>
ByteView bytes_of(const T& value, size_t count = sizeof(T)) {
  return {reinterpret_cast<const char*>(&value), count};
}

bool all_zero(const uint8_t* bytes, size_t count) {
  uint8_t any = 0;
  for (size_t i = 0; i < count; ++i) any |= bytes[i];
  return any == 0;
}

constexpr size_t kSegmentCovered = offsetof(SegmentHeader, header_crc);
constexpr size_t kRingCovered = offsetof(RingHeader, header_crc);
constexpr size_t kSegmentStamp = 24;  // "20251123T133112.123456Z-"

bool layout_known(uint32_t layout) { return layout >= GATEHOUSE_RECORD_LAYOUT_FIRST && layout <= GATEHOUSE_RECORD_LAYOUT; }

template <typename Number>
bool parse_digits(ByteView text, Number* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

uint32_t epoch_tag(const Epoch& epoch) {
  const uint32_t crc = crypto::crc32c(view_of(std::span<const uint8_t>(epoch.process.bytes)));
  return crypto::crc32c(bytes_of(epoch.worker), crc);
}

Chain chain_step(const Chain& previous, const RecordHeader& header) {
  static_assert(sizeof(Chain) + GATEHOUSE_RECORD_CHAINED_BYTES <= 119, "two SHA-256 blocks a step, no more");
  char both[sizeof(Chain) + GATEHOUSE_RECORD_CHAINED_BYTES];
  std::memcpy(both, previous.data(), previous.size());
  std::memcpy(both + previous.size(), &header, GATEHOUSE_RECORD_CHAINED_BYTES);
  return crypto::sha256(ByteView(both, sizeof both));
}

uint32_t header_crc(const RecordHeader& header) {
  return crypto::crc32c(bytes_of(header, GATEHOUSE_RECORD_CHAINED_BYTES));
}

bool header_fits(const RecordHeader& header, uint64_t room) {
  return header.magic == GATEHOUSE_RECORD_MAGIC && header.total_bytes >= kHeaderBytes &&
         header.total_bytes <= room && header.total_bytes <= kRecordBytesMax && header.total_bytes % 8 == 0 &&
         round_up(kHeaderBytes + uint64_t{header.payload_bytes}, 8) == header.total_bytes && header.flags == 0 &&
         all_zero(header.reserved, sizeof header.reserved) && header.header_crc == header_crc(header);
}

bool payload_fits(const RecordHeader& header, ByteView payload_and_padding) {
  return payload_and_padding.size() == header.total_bytes - kHeaderBytes &&
         crypto::crc32c(payload_and_padding) == header.payload_crc;
}

void begin_header(RecordHeader& header, uint64_t payload_bytes) {
  header.magic = GATEHOUSE_RECORD_MAGIC;
  header.total_bytes = static_cast<uint32_t>(round_up(kHeaderBytes + payload_bytes, 8));
  header.payload_bytes = static_cast<uint32_t>(payload_bytes);
}

Chain seal_header(RecordHeader& header, uint64_t payload_bytes, uint32_t payload_crc, const Chain& previous) {
  begin_header(header, payload_bytes);
  header.payload_crc = payload_crc;
  header.header_crc = header_crc(header);
  const Chain chain = chain_step(previous, header);
  std::memcpy(header.chain, chain.data(), chain.size());
  return chain;
}

void seal_segment(SegmentHeader& header) {
  header.magic = GATEHOUSE_SEGMENT_MAGIC;
  header.layout = GATEHOUSE_RECORD_LAYOUT;
  header.header_bytes = kPage;
  header.header_crc = crypto::crc32c(bytes_of(header, kSegmentCovered));
}

bool segment_fits(const SegmentHeader& header) {
  const uint64_t bytes = header.segment_bytes;
  return header.magic == GATEHOUSE_SEGMENT_MAGIC && layout_known(header.layout) &&
         header.header_bytes == kPage && header.worker < kWorkerMax && bytes >= kSegmentBytesMin &&
         bytes <= kSegmentBytesMax && bytes % kPage == 0 && header.base == header.index * segment_data(bytes) &&
         header.open_from <= header.base && all_zero(header.reserved, sizeof header.reserved) &&
         header.header_crc == crypto::crc32c(bytes_of(header, kSegmentCovered));
}

std::string segment_name(const Epoch& epoch, uint32_t index, WallNs created) {
  char text[96];
  char process[kExchangeIdText];
  format_exchange_id(epoch.process, process);
  std::string stamp = format_time(created);
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  std::snprintf(text, sizeof text, "%s-%.*s-w%04u-%08u.ghr", stamp.c_str(), static_cast<int>(sizeof process),
                process, epoch.worker, index);
  return text;
}

bool parse_segment_name(ByteView name, Epoch* epoch, uint32_t* index) {
  constexpr size_t kProcessEnd = kSegmentStamp + kExchangeIdText;
  if (name.size() != kProcessEnd + 19 || name.substr(kProcessEnd, 2) != "-w" || name[kProcessEnd + 6] != '-' ||
      name.substr(kProcessEnd + 15) != ".ghr")
    return false;
  const auto process = parse_exchange_id(name.substr(kSegmentStamp, kExchangeIdText));
  if (!process || !parse_digits(name.substr(kProcessEnd + 2, 4), &epoch->worker) ||
      !parse_digits(name.substr(kProcessEnd + 7, 8), index))
    return false;
  epoch->process = *process;
  return epoch->worker < kWorkerMax;
}

std::string ring_name(const Epoch& epoch) {
  char process[kExchangeIdText];
  char text[64];
  format_exchange_id(epoch.process, process);
  std::snprintf(text, sizeof text, "%.*s-w%04u.ring", static_cast<int>(sizeof process), process, epoch.worker);
  return text;
}

void seal_ring(RingHeader& header) {
  header.magic = GATEHOUSE_RING_MAGIC;
  header.layout = GATEHOUSE_RECORD_LAYOUT;
  header.header_bytes = kPage;
  header.header_crc = crypto::crc32c(bytes_of(header, kRingCovered));
}

bool ring_fits(const RingHeader& header, uint64_t memory_bytes) {
  return header.magic == GATEHOUSE_RING_MAGIC && layout_known(header.layout) &&
         header.header_bytes == kPage && header.worker < kWorkerMax && header.capacity % kPage == 0 &&
         header.capacity != 0 && header.capacity < kSegmentBytesMax && header.capacity + kPage == memory_bytes &&
         header.segment_bytes % kPage == 0 && header.segment_bytes >= kSegmentBytesMin &&
         header.segment_bytes <= kSegmentBytesMax &&
         header.header_crc == crypto::crc32c(bytes_of(header, kRingCovered));
}

std::string format_time(WallNs wall) {
  const auto seconds = static_cast<time_t>(wall / kNsPerSecond);
  tm parts{};
  char text[80];
  if (gmtime_r(&seconds, &parts) == nullptr) return "?";
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06uZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<unsigned>(wall % kNsPerSecond / 1000));
  return text;
}

}  // namespace gatehouse::record
