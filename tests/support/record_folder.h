// A folder of records as a gateway writes it, for tests of what reads records: a writer, its logs, appends that wait for room, and
// what a command prints.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "record/log.h"
#include "record/writer.h"

namespace gatehouse::record {

/// RecordFolder makes a temporary folder, and removes it with all that lies in it. Segments and rings of 64 KiB unless `options` say
/// otherwise before start().
class RecordFolder {
 public:
  RecordFolder() {
    std::string name = ::testing::TempDir() + "/gatehouse-records-XXXXXX";
    path_ = ::mkdtemp(name.data());
    options.dir = path_ + "/records";
    options.ring_dir = path_ + "/rings";
    options.segment_bytes = options.ring_bytes = 64 * 1024;
    options.commit_interval = kNsPerMs;
    options.version = "test";
  }
  ~RecordFolder() {
    leave();
    std::filesystem::remove_all(path_);
  }
  RecordFolder(const RecordFolder&) = delete;

  void start() {
    auto writer = Writer::start(options);
    ASSERT_TRUE(writer.ok()) << writer.error();
    writer_ = std::move(*writer);
    for (uint32_t ring = 0; ring < options.rings; ++ring) logs_.push_back(RingLog::open(writer_->ring(ring), writer_->sealer(ring)));
  }
  /// append waits while the ring is full, which the writer empties.
  void append(Kind kind, const ExchangeId& id, WallNs wall, const Sections& sections, size_t ring = 0) {
    Append result = Append::full;
    for (int i = 0; i < 100'000 && result == Append::full; ++i) {
      result = logs_[ring]->append(kind, id, 0, wall, sections);
      if (result == Append::full) ::usleep(200);
    }
    ASSERT_EQ(result, Append::ok);
  }
  /// stop ends the writer in order; leave lets go of it as it stands.
  bool stop() { return writer_->stop(); }
  void leave() {
    logs_.clear();
    writer_.reset();
  }

  WriterOptions options;
  /// path is a folder of the test's own, around those of segments and rings.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::unique_ptr<Writer> writer_;
  std::vector<std::unique_ptr<RingLog>> logs_;
};

inline std::string text_of(const ExchangeId& id) {
  std::string text(kExchangeIdText, '\0');
  format_exchange_id(id, text.data());
  return text;
}

/// printed runs a command; what it says on standard output, and on standard error in *errors.
template <typename Options>
std::string printed(int (*command)(const Options&), const Options& options, int expected, std::string* errors) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(command(options), expected);
  *errors = ::testing::internal::GetCapturedStderr();
  return ::testing::internal::GetCapturedStdout();
}

}  // namespace gatehouse::record
