// What is held against retention, released, and deleted by command; the clock that it goes by.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <set>
#include <thread>

#include "cli/exit_code.h"
#include "cli/recorded.h"
#include "cli/records_keeping.h"
#include "record/attest.h"
#include "record/believed_clock.h"
#include "record/head_book.h"
#include "record/keys_file.h"
#include "record/retention.h"
#include "record/write_lock.h"

namespace gatehouse::cli {
namespace {

using record::Descriptor;

int failed(const std::string& why, int code) {
  std::fprintf(stderr, "gatehouse: %s\n", display(why).c_str());
  return code;
}

/// lock waits for a pass of retention that is under way.
Result<Descriptor, std::string> lock(const Descriptor& folder, const std::string& path) {
  constexpr int kAttempts = 100;
  for (int i = 0;; ++i) {
    auto taken = record::lock_folder(folder, path, record::kRetentionLock);
    const bool writable = ::faccessat(folder.get(), record::kRetentionLock, W_OK, AT_EACCESS) == 0;   // so somebody has it
    if (taken || i == kAttempts || !writable) return taken;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

/// choose_by_time takes every segment that may hold a record of that time, as far as headers and ends of epochs tell.
void choose_by_time(const Descriptor& folder, const record::Catalog& catalog, const Chosen& chosen, std::set<std::string>* names) {
  const WallNs since = chosen.since.value_or(0), until = chosen.until.value_or(UINT64_MAX);
  for (const auto& [epoch, part] : catalog.epochs) {
    if (epoch.worker == record::kTombstones) continue;
    for (size_t i = 0; i < part.segments.size(); ++i) {
      const auto& one = part.segments[i];
      const WallNs first = one.header_good ? one.header.created_ns : 0;
      if (first > until) continue;
      WallNs last = UINT64_MAX;
      if (i + 1 == part.segments.size() && first < since) last = record::ended_at(folder, epoch, part).value_or(last);
      if (i + 1 < part.segments.size() && part.segments[i + 1].header_good) last = part.segments[i + 1].header.created_ns;
      if (last >= since) names->insert(one.name);
    }
  }
}

int choose_by_exchange(const RecordsPlace& place, const ExchangeId& id, std::set<std::string>* names) {
  ExchangeRecords found;
  if (const int code = read_exchange(place, id, &found); code != kExitOk) return code;
  bool in_ring = false;
  for (const Recorded& each : found.records) {
    if (ByteView(each.file).ends_with(record::kSegmentSuffix)) names->insert(each.file);
    else in_ring = true;
  }
  if (in_ring) std::fputs("gatehouse: some of it is not in a segment yet: say it again in a second\n", stderr);
  return in_ring ? kExitUnavailable : kExitOk;
}

/// resolve finds the segments that are meant; an ExitCode. A command that names none was not meant so: what somebody believes to be
/// held would not be.
int resolve(const Descriptor& folder, const RecordsPlace& place, const Chosen& chosen, std::set<std::string>* names) {
  if (chosen.segments.empty() && chosen.exchange.is_nil() && !chosen.since && !chosen.until && !chosen.all)
    return failed("which segments? give their names, --exchange ID, --since TIME, --until TIME or --all", kExitUsage);
  const record::Catalog catalog = record::read_catalog(folder, nullptr);
  std::set<std::string> known;
  for (const auto& [epoch, part] : catalog.epochs)
    for (const auto& each : part.segments)
      if (epoch.worker != record::kTombstones) known.insert(each.name);
  for (const std::string& each : chosen.segments) {
    if (known.count(each) == 0) return failed("there is no segment " + each, kExitNoInput);
    names->insert(each);
  }
  if (chosen.all) names->insert(known.begin(), known.end());
  if (chosen.since || chosen.until) choose_by_time(folder, catalog, chosen, names);
  if (!chosen.exchange.is_nil()) return choose_by_exchange(place, chosen.exchange, names);
  return kExitOk;
}

WallNs wall_now() {
  using std::chrono::system_clock;
  return static_cast<WallNs>(std::chrono::nanoseconds(system_clock::now().time_since_epoch()).count());
}

std::string note_line(const std::string& note) {
  return record::format_time(wall_now()) + " uid:" + std::to_string(::geteuid()) + (note.empty() ? "" : " ") + note + "\n";
}

/// with_segments does something with each segment that is meant, while retention waits.
template <typename Do>
int with_segments(const RecordsPlace& place, const Chosen& chosen, size_t* count, Do&& act) {
  auto folder = record::open_folder(place.dir);
  if (!folder) return failed(folder.error(), kExitNoInput);
  auto locked = lock(*folder, place.dir);
  if (!locked) return failed(locked.error(), kExitUnavailable);
  std::set<std::string> names;
  if (const int code = resolve(*folder, place, chosen, &names); code != kExitOk) return code;
  record::Erased erased;
  erased.read(*folder);
  for (const std::string& name : names) {
    record::Epoch epoch;
    uint32_t index = 0;
    if (record::parse_segment_name(name, &epoch, &index) && erased.find(epoch, index) != nullptr)
      return failed(name + " is being deleted: its tombstone is written", kExitUnavailable);
    if (const auto done = act(*folder, name); !done) return failed(done.error(), kExitIo);
  }
  *count = names.size();
  return kExitOk;
}

int list_held(const RecordsPlace& place) {
  auto folder = record::open_folder(place.dir);
  if (!folder) return failed(folder.error(), kExitNoInput);
  for (const char* suffix : {record::kHoldSuffix, record::kEraseSuffix})
    for (const std::string& name : record::list_folder(*folder, suffix)) {
      const std::string segment = name.substr(0, name.size() - ByteView(suffix).size());
      std::string note = record::note_of(*folder, segment, suffix);
      if (note.ends_with('\n')) note.pop_back();
      std::printf("%s  %s  %s\n", suffix == record::kHoldSuffix ? "held " : "erase", display(segment).c_str(),
                  display(note).c_str());
    }
  return flush_output();
}

/// sign_with makes what signs tombstones of the key in a file, if it is the one that signed this folder's heads; an ExitCode.
int sign_with(const std::string& file, const Descriptor& folder, const std::string& dir, record::Attest* attest) {
  auto key = record::read_key_secret(file);
  if (!key) return failed(key.error(), kExitNoInput);
  if (key->use != record::KeyUse::heads) return failed(file + " is no key that signs heads", kExitNoInput);
  record::HeadBook book({record::public_half(*key).bytes});
  book.read_folder(dir);
  if (record::has_heads(folder) && !book.any())   // what it signs nobody would believe, and what was deleted would be gone
    return failed(file + " signed no head of this folder: give the key that did", kExitNoInput);
  auto signer = std::make_shared<const crypto::PrivateKey>(crypto::PrivateKey::from_ed25519_seed(key->bytes.reveal()));
  *attest = record::attest_alone(dir, std::move(signer));
  return kExitOk;
}

/// erase_here does what is marked, where no gateway writes: this process holds the folder meanwhile.
int erase_here(const RecordsErase& options, const Descriptor& folder, const record::Attest& attest) {
  if (options.heads_key.empty() && record::has_heads(folder))
    return failed("the folder has signed heads: a tombstone that nobody signs would prove nothing; what was named stays marked: "
                  "give --heads-key FILE, or let the gateway delete it when it runs again", kExitUnavailable);
  size_t count = 0;
  for (bool more = true; more;) {
    const auto swept = record::sweep(folder, options.place.dir, {}, wall_now(), "records erase", attest);
    if (!swept) return failed(swept.error(), kExitIo);
    for (const record::Spared& each : swept->spared)
      std::fprintf(stderr, "gatehouse: %s stays: %s\n", display(each.name).c_str(), display(each.why).c_str());
    count += swept->erased.size();
    more = swept->more && !swept->erased.empty();
    if (!more && !swept->spared.empty()) {
      std::printf("deleted: %zu segments\n", count);
      flush_output();
      return kExitUnavailable;
    }
  }
  std::printf("deleted: %zu segments\n", count);
  return flush_output();
}

}  // namespace

int records_hold(const RecordsHold& options) {
  if (options.list) return list_held(options.place);
  size_t count = 0;
  const std::string note = note_line(options.note);
  const int code = with_segments(options.place, options.chosen, &count, [&](const Descriptor& folder, const std::string& name) {
    return record::mark(folder, name, record::kHoldSuffix, note);
  });
  if (code == kExitOk) std::printf("held: %zu segments\n", count);
  return code == kExitOk ? flush_output() : code;
}

int records_release(const RecordsRelease& options) {
  size_t chosen = 0, held = 0;
  const int code = with_segments(options.place, options.chosen, &chosen, [&](const Descriptor& folder, const std::string& name) {
    held += record::is_marked(folder, name, record::kHoldSuffix) ? 1 : 0;
    return record::unmark(folder, name, record::kHoldSuffix);
  });
  if (code == kExitOk) std::printf("released: %zu segments\n", held);
  return code == kExitOk ? flush_output() : code;
}

int records_clock(const RecordsClock& options) {
  auto folder = record::open_folder(options.place.dir);
  if (!folder) return failed(folder.error(), kExitNoInput);
  if (options.if_synchronised) {
    const record::KernelClock says = record::ask_clock();
    if (says == record::KernelClock::silent)
      return failed(record::failure("ask the kernel whether its clock is synchronised", "adjtimex", errno), kExitUnavailable);
    if (says == record::KernelClock::free)
      return failed("the kernel does not call its clock synchronised: nothing was confirmed", kExitRefused);
  }
  const WallNs now = wall_now();
  if (const auto done = record::believe_clock(*folder, now); !done) return failed(done.error(), kExitIo);
  std::printf("believed: it is %s\n", record::format_time(now).c_str());
  return flush_output();
}

int records_erase(const RecordsErase& options) {
  auto folder = record::open_folder(options.place.dir);
  if (!folder) return failed(folder.error(), kExitNoInput);
  record::Attest attest;   // before anything is marked: a gateway would delete what a command that was refused had marked
  if (!options.heads_key.empty())
    if (const int code = sign_with(options.heads_key, *folder, options.place.dir, &attest); code != kExitOk) return code;
  size_t count = 0, held = 0;
  const std::string note = note_line(options.note);
  const int code = with_segments(options.place, options.chosen, &count, [&](const Descriptor& in, const std::string& name) {
    held += record::is_marked(in, name, record::kHoldSuffix) ? 1 : 0;
    return record::mark(in, name, record::kEraseSuffix, note);
  });
  if (code != kExitOk) return code;
  if (const auto writes = record::lock_writing(*folder, options.place.dir, record::kRecordsLock); writes)
    return erase_here(options, *folder, attest);
  std::printf("marked: %zu segments; the gateway that writes here deletes them within seconds, those that it writes to when "
              "they are full\n", count);
  if (held > 0) std::printf("held: %zu of them, which stay until they are released\n", held);
  return flush_output();
}

}  // namespace gatehouse::cli
