// Somebody who may write the folder of records and knows the format: takes a worker's records apart, changes them, and writes them
// back with checksums, sequences, chain and segment headers recomputed, over all its epochs. Keys he has none.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "record/opening.h"
#include "record/source.h"

namespace gatehouse::record {

inline std::string read_whole(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_whole(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

struct ForgedRecord {
  RecordHeader header{};
  std::string body;      // payload and padding
  uint64_t place = 0;    // in its file, as it was found
};

struct ForgedSegment {
  std::string name;
  SegmentHeader header{};
  std::vector<ForgedRecord> records;   // without pads
};

/// Forger holds the epochs of one worker, by process.
class Forger {
 public:
  Forger(std::string dir, uint32_t worker) : dir_(std::move(dir)) {
    for (const auto& file : std::filesystem::directory_iterator(dir_)) {
      Epoch epoch;
      uint32_t index = 0;
      const std::string name = file.path().filename().string();
      if (parse_segment_name(name, &epoch, &index) && epoch.worker == worker) names_[epoch][index] = name;
    }
    for (const auto& [epoch, files] : names_)
      for (const auto& [index, name] : files) epochs_[epoch].push_back(parse(name));
  }

  std::map<Epoch, std::vector<ForgedSegment>>& epochs() { return epochs_; }
  const std::string& dir() const { return dir_; }

  /// mend recomputes all that can be recomputed without keys, and writes it back; false when it does not fit.
  bool mend() {
    Chain chain{};
    bool first = true;
    for (auto& [epoch, segments] : epochs_) {
      if (first) chain = chain_of(segments.front().header.chain);
      first = false;
      uint64_t sequence = 0;
      for (size_t i = 0; i < segments.size(); ++i)
        if (!store(epoch, segments[i], i + 1 == segments.size(), &sequence, &chain)) return false;
    }
    return true;
  }

 private:
  ForgedSegment parse(const std::string& name) const {
    ForgedSegment segment;
    segment.name = name;
    const std::string bytes = read_whole(dir_ + "/" + name);
    std::memcpy(&segment.header, bytes.data(), sizeof segment.header);
    for (uint64_t at = kPage; at + kHeaderBytes <= bytes.size();) {
      ForgedRecord record;
      std::memcpy(&record.header, bytes.data() + at, sizeof record.header);
      if (!header_fits(record.header, bytes.size() - at) || record.header.kind == GATEHOUSE_RECORD_PAD) break;
      record.body = bytes.substr(at + kHeaderBytes, record.header.total_bytes - kHeaderBytes);
      record.place = at;
      at += record.header.total_bytes;
      segment.records.push_back(std::move(record));
    }
    return segment;
  }

  bool store(const Epoch& epoch, ForgedSegment& segment, bool last, uint64_t* sequence, Chain* chain) const {
    std::string bytes(segment.header.segment_bytes, '\0');
    segment.header.sequence = *sequence;
    std::memcpy(segment.header.chain, chain->data(), chain->size());
    seal_segment(segment.header);
    std::memcpy(bytes.data(), &segment.header, sizeof segment.header);
    uint64_t at = kPage;
    const auto put = [&](RecordHeader header, const std::string& body, uint64_t payload) {
      header.sequence = (*sequence)++;
      header.epoch_tag = epoch_tag(epoch);
      *chain = seal_header(header, payload, crypto::crc32c(body), *chain);
      std::memcpy(bytes.data() + at, &header, sizeof header);
      std::memcpy(bytes.data() + at + kHeaderBytes, body.data(), body.size());
      at += header.total_bytes;
    };
    for (const ForgedRecord& record : segment.records) {
      if (at + kHeaderBytes + record.body.size() > bytes.size()) return false;
      put(record.header, record.body, record.header.payload_bytes);
    }
    if (!last && bytes.size() - at >= kHeaderBytes) {
      RecordHeader pad{};
      pad.kind = GATEHOUSE_RECORD_PAD;
      pad.wall_ns = segment.records.back().header.wall_ns;
      put(pad, "", 0);
    }
    write_whole(dir_ + "/" + segment.name, bytes);
    return true;
  }

  std::string dir_;
  std::map<Epoch, std::map<uint32_t, std::string>> names_;
  std::map<Epoch, std::vector<ForgedSegment>> epochs_;
};

/// keep_crc changes 33 bits from `byte` on such that the CRC32C of the whole stays what it was.
inline void keep_crc(std::string* bytes, size_t byte) {
  const uint64_t pattern = uint64_t{1} << 32 | 0x1EDC6F41;   // the generator polynomial; x^32 is the first bit
  for (size_t bit = 0; bit < 33; ++bit)
    if ((pattern >> (32 - bit) & 1) != 0) (*bytes)[byte + bit / 8] = static_cast<char>((*bytes)[byte + bit / 8] ^ 1 << bit % 8);
}

}  // namespace gatehouse::record
