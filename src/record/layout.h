// The format of gatehouse/record_format.h as values: make, check, link. No descriptors here.
#pragma once

#include <array>
#include <cstring>
#include <string>

#include "base/bytes.h"
#include "base/exchange_id.h"
#include "base/time.h"
#include "record/entry.h"

namespace gatehouse::record {

using RecordHeader = gatehouse_record_header;
using SegmentHeader = gatehouse_segment_header;
using RingHeader = gatehouse_ring_header;
using Chain = std::array<uint8_t, 32>;

inline constexpr uint64_t kPage = GATEHOUSE_PAGE_BYTES;
inline constexpr uint64_t kHeaderBytes = GATEHOUSE_RECORD_HEADER_BYTES;
inline constexpr uint64_t kRecordBytesMax = GATEHOUSE_RECORD_BYTES_MAX;
inline constexpr uint64_t kSegmentBytesMin = 2 * kPage;             // a header page and a page of records
inline constexpr uint64_t kSegmentBytesMax = uint64_t{1} << 40;     // keeps offset arithmetic far from 2^64
inline constexpr uint32_t kWorkerMax = 4096;
inline constexpr uint32_t kRingOpen = 0;
inline constexpr uint32_t kRingFailed = 1;

inline uint64_t round_up(uint64_t value, uint64_t step) { return (value + step - 1) / step * step; }
inline uint64_t round_down(uint64_t value, uint64_t step) { return value / step * step; }

/// Epoch names what one process wrote for one worker.
struct Epoch {
  ExchangeId process;
  uint32_t worker = 0;
  auto operator<=>(const Epoch&) const = default;
};

uint32_t epoch_tag(const Epoch& epoch);

/// chain_step is SHA-256(previous, the chained part of the header).
Chain chain_step(const Chain& previous, const RecordHeader& header);

inline ExchangeId id_of(const uint8_t (&bytes)[16]) {
  ExchangeId id;
  std::memcpy(id.bytes.data(), bytes, sizeof bytes);
  return id;
}
inline void put_id(const ExchangeId& id, uint8_t (&out)[16]) { std::memcpy(out, id.bytes.data(), sizeof out); }
inline Chain chain_of(const uint8_t (&bytes)[32]) {
  Chain chain;
  std::memcpy(chain.data(), bytes, sizeof bytes);
  return chain;
}

/// opens_exchange: an exchange of which such a record stands there counts as open until its close record.
constexpr bool opens_exchange(uint16_t kind) {
  return kind == GATEHOUSE_RECORD_REQUEST || kind == GATEHOUSE_RECORD_PIECE || kind == GATEHOUSE_RECORD_OUTCOME;
}

uint32_t header_crc(const RecordHeader& header);

/// header_fits says whether the bytes are a record header that can be followed: magic, CRC, lengths,
/// reserved fields, and that the record ends within `room` bytes. Chain and sequence are not looked at.
bool header_fits(const RecordHeader& header, uint64_t room);

/// payload_fits compares the CRC of payload and padding (total_bytes - header).
bool payload_fits(const RecordHeader& header, ByteView payload_and_padding);

/// begin_header fills magic and lengths: what is authenticated where a record is sealed.
void begin_header(RecordHeader& header, uint64_t payload_bytes);

/// seal_header fills magic, lengths, CRCs and chain; the other fields are the caller's. Returns the chain.
Chain seal_header(RecordHeader& header, uint64_t payload_bytes, uint32_t payload_crc, const Chain& previous);

/// Segment headers. segment_fits checks the page and that its numbers agree with each other.
void seal_segment(SegmentHeader& header);
bool segment_fits(const SegmentHeader& header);
inline uint64_t segment_data(uint64_t segment_bytes) { return segment_bytes - kPage; }

/// Segment names. parse reads back process, worker and index; false for any other file name.
std::string segment_name(const Epoch& epoch, uint32_t index, WallNs created);
bool parse_segment_name(ByteView name, Epoch* epoch, uint32_t* index);
std::string ring_name(const Epoch& epoch);

/// Ring headers: the fixed part. ring_fits checks it against the size of the memory.
void seal_ring(RingHeader& header);
bool ring_fits(const RingHeader& header, uint64_t memory_bytes);

/// format_time writes "2025-11-23T13:31:12.123456Z".
std::string format_time(WallNs wall);

}  // namespace gatehouse::record
