#include "record/head_book.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace gatehouse::record {
namespace {

std::string process_text(const ExchangeId& process) { return ring_name({process, 0}).substr(0, kExchangeIdText); }

std::string key_text(const HeadKey& key) { return crypto::hex(key).substr(0, 16); }

/// Read is one head of a file, as much of it as its judgement needs.
struct Read {
  Head head;
  std::string bytes;
  uint64_t place = 0;
};

}  // namespace

/// FileReading judges one process's file. Heads that a later one names by its digest need no look at their own signature;
/// where such a run ends the signature of its last one speaks for all of it, or each has to speak for itself.
class HeadBook::FileReading {
 public:
  FileReading(HeadBook& book, File& file) : book_(book), file_(file) {}

  void see(const Head& head, ByteView bytes, uint64_t place) {
    const bool follows = !run_.empty() && head.before == run_.back().head.name &&
                         head.name.number == run_.back().head.name.number + 1 &&
                         head.name.process == run_.back().head.name.process;
    if (!run_.empty() && !follows) end_run();
    if (head.name.process != file_.process)
      return book_.report(Change::head_damaged, file_.name, place, "a head of another process stands in this file");
    check_number(head, place, follows);
    if (run_.size() >= kRunMax) end_run();
    run_.push_back({head, std::string(bytes), place});
  }

  void end_run() {
    if (run_.empty()) return;
    const Read& last = run_.back();
    if (book_.trusted(last.head.key) && head_signed(last.bytes, last.head.key)) {
      for (const Read& each : run_) accept(each);
    } else {
      for (const Read& each : run_) judge(each);
    }
    run_.clear();
  }

 private:
  static constexpr size_t kRunMax = 1024;   // bounds memory: one signature is looked at for so many

  void check_number(const Head& head, uint64_t place, bool follows) {
    const uint64_t number = head.name.number;
    const auto say = [&](Change change, std::string what) { book_.report(change, file_.name, place, std::move(what)); };
    if (number > next_)
      say(Change::head_missing, number == next_ + 1
                                    ? "head " + std::to_string(next_) + " is missing"
                                    : "heads " + std::to_string(next_) + " to " + std::to_string(number - 1) + " are missing");
    else if (number < next_)
      say(Change::head_damaged, "head " + std::to_string(number) + " stands behind head " + std::to_string(next_ - 1));
    else if (number > 0 && !follows)
      say(Change::head_damaged, "head " + std::to_string(number) + " does not name the one before it");
    next_ = std::max(next_, number + 1);
  }

  void judge(const Read& read) {
    const std::string which = "head " + std::to_string(read.head.name.number);
    if (!head_signed(read.bytes, read.head.key)) {
      book_.report(Change::head_damaged, file_.name, read.place, which + " does not bear the signature of its key");
    } else if (!book_.trusted(read.head.key)) {
      book_.report(Change::head_forged, file_.name, read.place,
                   which + " is signed by key " + key_text(read.head.key) + ", which is none of those given");
    } else {
      accept(read);
    }
  }

  void accept(const Read& read) {
    const HeadName& name = read.head.name;
    if (name.number == 0) file_.before = read.head.before;
    if (name.number >= file_.numbers() && name.number <= kNumberMax) file_.names.push_back({name.number, name.sha256});
    book_.take(read.head, false);
  }

  static constexpr uint64_t kNumberMax = 1 << 28;   // one a second for eight years

  HeadBook& book_;
  File& file_;
  std::vector<Read> run_;
  uint64_t next_ = 0;
};

HeadBook::File::Name* HeadBook::File::find(uint64_t number) {
  const auto at = std::lower_bound(names.begin(), names.end(), number, [](const Name& one, uint64_t n) { return one.number < n; });
  return at != names.end() && at->number == number ? &*at : nullptr;
}

bool HeadBook::trusted(const HeadKey& key) const {
  return keys_.empty() || std::find(keys_.begin(), keys_.end(), key) != keys_.end();
}

void HeadBook::report(Change change, const std::string& file, uint64_t place, std::string what) {
  damages_.push_back({file, place, 0, {}, std::move(what), change, {}});
}

void HeadBook::take(const Head& head, bool witnessed) {
  signers_.insert(head.key);
  good_ += !witnessed;
  for (const HeadRing& ring : head.rings) {
    SignedEpoch& epoch = epochs_[ring.epoch];
    epoch.segment_bytes = ring.segment_bytes;
    epoch.strict = epoch.strict || (head.strict && ring.epoch.process == head.name.process);
    epoch.runs.insert(epoch.runs.end(), ring.digests.begin(), ring.digests.end());
    Anchor anchor{ring.sequence, ring.offset, ring.chain, head.name.process, head.name.number, head.wall, head.interval,
                  ring.ended, witnessed};
    if (!epoch.anchors.empty() && epoch.anchors.back().sequence == ring.sequence && epoch.anchors.back().chain == ring.chain &&
        epoch.anchors.back().witnessed == witnessed) {
      anchor.ended = anchor.ended || epoch.anchors.back().ended;
      epoch.anchors.back() = anchor;   // nothing came in between: the newer one says it, too
    } else {
      epoch.anchors.push_back(anchor);
    }
  }
}

void HeadBook::read_folder(const std::string& dir) {
  auto opened = open_folder(dir + "/" + kHeadsFolder);
  if (!opened) return;
  for (const std::string& name : list_folder(*opened, kHeadsSuffix)) {
    const auto process = parse_exchange_id(ByteView(name).substr(0, kExchangeIdText));
    if (!process || name != heads_name(*process)) {
      report(Change::file, std::string(kHeadsFolder) + "/" + name, 0, "file is no file of heads: its name names no process");
      continue;
    }
    File& file = files_[*process];
    file.name = std::string(kHeadsFolder) + "/" + name;
    file.process = *process;
    FileReading reading(*this, file);
    const HeadsRead read = read_head_file(*opened, name, [&](const Head& head, ByteView bytes, uint64_t place) {
      reading.see(head, bytes, place);
    });
    reading.end_run();
    if (!read.opened) report(Change::file, file.name, 0, "cannot be opened");
    for (const HeadsRead::Gap& gap : read.damaged)
      report(Change::head_damaged, file.name, gap.place, "no head can be read in " + std::to_string(gap.bytes) + " bytes");
    if (read.torn > 0)
      notes_.push_back(file.name + " ends with " + std::to_string(read.torn) +
                       " bytes of a head that is being written or was torn");
    expected_ += file.numbers();
  }
  check_links();
}

/// check_links: the first head of a process names one of the process before.
void HeadBook::check_links() {
  for (auto& [process, file] : files_) {
    if (file.names.empty()) continue;
    const HeadName& before = file.before;
    if (before.process.is_nil()) {
      if (file.find(0) != nullptr && process != files_.begin()->first && !files_.begin()->second.names.empty())
        report(Change::head_missing, file.name, 0, "its first head names none before it, though there are some");
      continue;
    }
    const auto named = files_.find(before.process);
    const std::string which = "head " + std::to_string(before.number) + " of process " + process_text(before.process);
    if (named == files_.end()) {
      report(Change::head_missing, file.name, 0,
             "the heads of process " + process_text(before.process) + ", which it continues, are missing");
      expected_ += before.number + 1;
    } else if (before.number >= named->second.numbers()) {
      report(Change::head_missing, named->second.name, 0, which + ", which a later one continues, is missing");
      expected_ += before.number + 1 - named->second.numbers();
    } else if (const File::Name* kept = named->second.find(before.number);
               kept != nullptr && kept->sha256 != before.sha256) {
      report(Change::head_damaged, named->second.name, 0, which + " is not the one that a later one continues");
    }
  }
}

Result<Done, std::string> HeadBook::read_witness(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return Failure{failure("open witness", path, errno)};
  std::map<ExchangeId, std::pair<uint64_t, uint64_t>> newer;   // by process: heads that the folder lacks, first and last
  bool any = false;
  const HeadsRead read = read_heads(file, [&](const Head& head, ByteView bytes, uint64_t place) {
    const uint64_t number = head.name.number;
    const auto own = files_.find(head.name.process);
    File::Name* there = own != files_.end() ? own->second.find(number) : nullptr;
    any = true;
    if (there != nullptr && there->sha256 == head.name.sha256) {
      witnessed_ += !std::exchange(there->witnessed, true);   // however many copies of it are given
      return;
    }
    const std::string which = "head " + std::to_string(number) + " of process " + process_text(head.name.process);
    if (!head_signed(bytes, head.key))
      return report(Change::head_damaged, path, place, which + " does not bear the signature of its key");
    if (!trusted(head.key))
      return report(Change::head_forged, path, place,
                    which + " is signed by key " + key_text(head.key) + ", which is none of those given");
    if (there != nullptr)
      return report(Change::forked, path, place, which + " is another one than the folder has: both are signed");
    const auto [known, first_copy] = missing_.try_emplace({head.name.process, number}, head.name.sha256);
    if (!first_copy && known->second != head.name.sha256)
      return report(Change::forked, path, place, which + " is another one than a witness before it has: both are signed");
    if (!first_copy) return;   // however many copies of it are given
    take(head, true);
    ++expected_;
    auto& range = newer.try_emplace(head.name.process, number, number).first->second;
    range = {std::min(range.first, number), std::max(range.second, number)};
  });
  for (const HeadsRead::Gap& gap : read.damaged)
    report(Change::head_damaged, path, gap.place, "no head can be read in " + std::to_string(gap.bytes) + " bytes");
  if (!any) report(Change::head_missing, path, 0, "no head is in it: a witness is asked for, and this one proves nothing");
  for (const auto& [process, range] : newer)
    report(Change::rolled_back, path, 0,
           "the witness has heads " + std::to_string(range.first) + " to " + std::to_string(range.second) + " of process " +
               process_text(process) + ", which are not in the folder");
  return Done{};
}

bool HeadBook::may_live(const Epoch& epoch) const {
  const auto file = files_.find(epoch.process);
  const auto named = epochs_.lower_bound({epoch.process, 0});
  return file != files_.end() && !file->second.names.empty() && (named == epochs_.end() || named->first.process != epoch.process);
}

void HeadBook::settle() {
  for (auto& [name, epoch] : epochs_) {
    std::stable_sort(epoch.anchors.begin(), epoch.anchors.end(), [](const Anchor& a, const Anchor& b) {
      return a.sequence != b.sequence ? a.sequence < b.sequence : a.ended < b.ended;
    });
    std::stable_sort(epoch.runs.begin(), epoch.runs.end(),
                     [](const HeadDigest& a, const HeadDigest& b) { return a.offset < b.offset; });
  }
}

}  // namespace gatehouse::record
