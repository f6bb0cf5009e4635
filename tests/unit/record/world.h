// A folder for records that goes away with the test, and records that say which they are.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "record/log.h"
#include "record/mapping.h"
#include "record/reader.h"
#include "record/sealing.h"

namespace gatehouse::record {

class TempFolder {
 public:
  explicit TempFolder(const std::string& under = ::testing::TempDir()) {
    std::string name = under + "/gatehouse-record-XXXXXX";
    path_ = ::mkdtemp(name.data());
    auto made = make_folder(path_);
    if (made) folder_ = std::move(*made);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  const Descriptor& folder() const { return folder_; }

 private:
  std::string path_;
  Descriptor folder_;
};

/// patient waits for what must come, however slow the machine is.
template <typename Done>
bool patient(Done&& done) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

inline WallNs wall_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<WallNs>(now.tv_sec) * kNsPerSecond + static_cast<WallNs>(now.tv_nsec);
}

inline ExchangeId test_id(uint64_t n) {
  ExchangeIdSource source(n);
  return source.next((n + 1) * kNsPerMs);
}

inline std::string test_body(uint64_t n, size_t size) {
  std::string body(size, '\0');
  for (size_t i = 0; i < size; ++i) body[i] = static_cast<char>(n * 31 + i * 7 + i / 251);
  return body;
}

inline Append append_test_record(RingLog& log, uint64_t n, size_t size, Kind kind = Kind::request) {
  const std::string body = test_body(n, size);
  Sections sections;
  sections.number(Tag::offset, n);
  sections.bytes(Tag::body, body);
  static thread_local WallNs wall = 0;
  wall = std::max(wall + 1, wall_now());
  return log.append(kind, test_id(n), 0, wall, sections);
}

/// TestKeys are keys for tests: an auditor, operations, and one whom nothing is sealed for.
struct TestKeys {
  KeySecret auditor = make_key(KeyUse::auditor, "ann"), operations = make_key(KeyUse::operations, "host"),
            stranger = make_key(KeyUse::auditor, "eve");

  Sealing sealing() const { return {{public_half(auditor), public_half(operations)}, Sealed::content}; }
  static OpenKeys with(const KeySecret& key) {
    OpenKeys keys;
    EXPECT_TRUE(keys.add({key.use, key.name, key.bytes.copy()}).ok());
    return keys;
  }
};

/// Everything has what a reader says of a folder.
struct Everything {
  std::vector<uint64_t> numbers;  // Tag::offset of each record that has one, in order
  std::vector<Kind> kinds;
  std::vector<Damage> damages;
  size_t from_rings = 0;
  size_t opened = 0, shut = 0;    // sealed records whose operations part was opened, or not
};

inline Everything read_everything(const std::string& dir, const std::string& ring_dir, const OpenKeys* keys = nullptr) {
  Everything all;
  auto reader = Reader::open({dir, ring_dir, 0, keys});
  EXPECT_TRUE(reader.ok());
  for (;;) {
    switch ((*reader)->next()) {
      case Stream::Step::end: return all;
      case Stream::Step::damage: all.damages.push_back((*reader)->damage()); break;
      case Stream::Step::record: {
        const RecordView& record = (*reader)->record();
        ByteView value;
        uint64_t n = 0;
        if (find_section(record.payload, Tag::offset, &value) && read_number(value, &n)) {
          all.numbers.push_back(n);
          if (find_section(record.payload, Tag::body, &value)) {
            EXPECT_EQ(value, test_body(n, value.size())) << n;
          }
        }
        all.kinds.push_back(record.kind());
        all.opened += record.operations == Seal::opened;
        all.shut += record.operations != Seal::opened && record.operations != Seal::absent;
        all.from_rings += record.from_ring;
        break;
      }
    }
  }
}

inline std::string say(const std::vector<Damage>& damages) {
  std::string text;
  for (const Damage& d : damages) text += d.file + "@" + std::to_string(d.place) + " seq " + std::to_string(d.sequence) + ": " + d.what + "\n";
  return text;
}

}  // namespace gatehouse::record
