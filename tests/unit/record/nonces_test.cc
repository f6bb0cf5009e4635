// No key seals two parts with one nonce, over restarts of real processes in one folder: some stop in order, some are killed with records
// in their rings, which the next one carries over. 100 starts, 1,000 with GATEHOUSE_LONG=1.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <thread>

#include "forger.h"
#include "record/keys_record.h"
#include "record/writer.h"
#include "world.h"

namespace gatehouse::record {
namespace {

/// one_process appends some records and ends; by SIGKILL where `killed`.
[[noreturn]] void one_process(const WriterOptions& options, uint64_t number, bool killed) {
  auto writer = Writer::start(options);
  if (!writer) ::_exit(2);
  auto log = RingLog::open((*writer)->ring(0), (*writer)->sealer(0));
  const uint64_t records = number % 25 == 0 ? 60 : 1 + number % 6;   // now and then over a border, with another set of keys
  for (uint64_t n = 0; n < records;) {
    Sections sections;
    sections.number(Tag::direction, 1 + n % 2);   // 1: the auditor's tier too
    const std::string body = test_body(number + n, 1 + n * 331 % 2500);
    sections.bytes(Tag::body, body);
    const Append result = log->append(Kind::piece, test_id(number), 0, wall_now(), sections);
    if (result == Append::failed) ::_exit(3);
    if (result == Append::ok) ++n;
    else std::this_thread::yield();
  }
  if (killed) ::kill(::getpid(), SIGKILL);
  ::_exit((*writer)->stop() ? 0 : 4);
}

/// Used are the keys with the nonces that they sealed with.
struct Used {
  std::set<std::pair<std::string, std::array<uint8_t, 12>>> pairs;
  std::set<std::string> keys;
  size_t seals = 0, records = 0;

  void add(const crypto::Secret& key, Tier tier, uint64_t sequence) {
    ++seals;
    keys.insert(std::string(key.reveal()));
    EXPECT_TRUE(pairs.emplace(std::string(key.reveal()), seal_nonce(tier, sequence)).second) << "sequence " << sequence;
  }
};

void read_segment(const std::string& path, const KeySecret& auditor, Used* used) {
  const std::string bytes = read_whole(path);
  SegmentHeader segment;
  std::memcpy(&segment, bytes.data(), sizeof segment);
  const Epoch epoch{id_of(segment.process), segment.worker};
  std::optional<SegmentKeys> keys;
  for (uint64_t at = kPage; at + kHeaderBytes <= bytes.size();) {
    RecordHeader header;
    std::memcpy(&header, bytes.data() + at, sizeof header);
    if (!header_fits(header, bytes.size() - at)) break;
    const ByteView payload(bytes.data() + at + kHeaderBytes, header.payload_bytes);
    at += header.total_bytes;
    if (header.kind == GATEHOUSE_RECORD_KEYS) {
      const auto read = parse_keys(payload);
      ASSERT_TRUE(read);
      keys = unwrap_keys(read->wrapped[0], auditor, epoch, read->key_epoch);
      ASSERT_TRUE(keys);
    } else if (header.tier != 0) {
      ASSERT_TRUE(keys) << path;
      ++used->records;
      used->add(keys->operations, Tier::operations, header.sequence);
      if (!parts_of(header, payload).auditor_tag.empty()) used->add(keys->auditor, Tier::auditor, header.sequence);
    }
  }
}

TEST(Nonces, NoneComesTwiceOverRestarts) {
  const uint64_t starts = std::getenv("GATEHOUSE_LONG") != nullptr ? 1000 : 100;
  const TempFolder dir{"/dev/shm"}, rings{"/dev/shm"};
  const KeySecret auditor = make_key(KeyUse::auditor, "ann");
  WriterOptions options;
  options.dir = dir.path();
  options.ring_dir = rings.path();
  options.ring_bytes = options.segment_bytes = 64 * 1024;
  options.sealing = {{public_half(auditor)}, Sealed::content};
  for (uint64_t number = 0; number < starts; ++number) {
    const bool killed = number % 3 == 1 && number + 1 < starts;   // the last one leaves nothing in a ring
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) one_process(options, number, killed);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(killed ? WIFSIGNALED(status) : WIFEXITED(status) && WEXITSTATUS(status) == 0) << number << ": " << status;
  }
  Used used;
  for (const std::string& name : list_folder(dir.folder(), kSegmentSuffix)) read_segment(dir.path() + "/" + name, auditor, &used);
  EXPECT_GE(used.records, starts * 3) << "nothing that was sealed is missing";
  EXPECT_EQ(used.pairs.size(), used.seals);
  EXPECT_GE(used.keys.size(), 2 * starts) << "each start has keys of its own";
}

}  // namespace
}  // namespace gatehouse::record
