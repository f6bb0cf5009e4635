#include "record/retention.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "record/attest.h"
#include "record/reader.h"

namespace gatehouse::record {
namespace {

constexpr size_t kNoteBytes = 4096;
constexpr size_t kNewest = 2;     // segments of an epoch that goes on: recovery begins with them
constexpr WallNs kPatience = 4;   // times keep_.age: so long a segment waits for an exchange that is open
constexpr uint64_t kSlack = 20;   // a twentieth is freed, so that not every segment has a tombstone of its own
// What lies beside a segment and goes with it.
constexpr const char* kBeside[] = {".torn", ".rewrapped", ".index", kEraseSuffix};

std::string account_of(const Descriptor& folder, const std::string& file) {
  struct stat info {};
  if (::fstatat(folder.get(), file.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) return "uid:?";
  return "uid:" + std::to_string(info.st_uid);
}

/// Names are the files of a folder that say which segments are held, or to be deleted.
std::set<std::string> marked(const Descriptor& folder, const char* suffix) {
  std::set<std::string> names;
  for (const std::string& name : list_folder(folder, suffix)) names.insert(name.substr(0, name.size() - ByteView(suffix).size()));
  return names;
}

/// Candidate is a segment that could go.
struct Candidate {
  ErasedSegment entry;
  uint64_t bytes = 0;
  WallNs last = 0;        // when its last record was written, at the latest
  bool behind_open = false;   // an exchange that was open later may have begun in it
};

/// walk goes through one segment's records; false when anything is wrong with them.
bool walk(Stream& stream, uint32_t index, Chain* chain, WallNs* last) {
  for (Stream::Step step = stream.next(); step != Stream::Step::end; step = stream.next()) {
    if (step == Stream::Step::damage) return false;
    if (stream.record().offset / stream.segment_data() != index) return true;
    *chain = chain_of(stream.record().header.chain);
    if (last != nullptr) *last = std::max(*last, stream.record().header.wall_ns);
  }
  return true;
}

/// End is how an epoch ends.
struct End {
  bool ended = false;       // with an end record, and all before it in the newest segment is whole
  WallNs last = 0;
  uint64_t next_sequence = 0;
  Chain chain{};
};

End read_end(const Descriptor& folder, const Epoch& epoch, const Catalog::Part& part) {
  const uint32_t index = part.segments.back().header.index;
  Stream stream(folder, epoch, {part.segments.back()}, nullptr, index);
  End end;
  if (walk(stream, index, &end.chain, &end.last) && stream.ended()) {
    end.ended = true;
    end.next_sequence = stream.next_sequence();
    end.chain = stream.chain();
  }
  return end;
}

/// Chooser goes through a folder once.
class Chooser {
 public:
  Chooser(const Descriptor& folder, const Keep& keep, WallNs now)
      : folder_(folder), keep_(keep), now_(now), held_(marked(folder, kHoldSuffix)), named_(marked(folder, kEraseSuffix)) {}

  Choice run() {
    erased_.read(folder_);
    Catalog catalog = read_catalog(folder_, nullptr);
    std::erase_if(catalog.epochs, [](const auto& each) {
      return each.first.worker == kTombstones || each.second.segments.empty();
    });
    for (const auto& [epoch, part] : catalog.epochs)
      for (const SegmentEntry& one : part.segments)
        if (erased_.find(epoch, one.header.index) == nullptr) total_ += one.bytes;
        else if (!keep_.hold && held_.count(one.name) == 0) choice_.leftover.push_back(one.name);
    over_ = keep_.bytes != 0 && total_ > keep_.bytes;
    far_over_ = is_far_over();
    for (const auto& [epoch, part] : catalog.epochs) look(epoch, part);
    if (keep_.hold) {
      for (const std::string& name : named_) spare(name, "records.hold is set");
      return std::move(choice_);
    }
    std::stable_sort(found_.begin(), found_.end(), [](const Candidate& a, const Candidate& b) { return a.last < b.last; });
    for (Candidate& each : found_) decide(each);
    choice_.more = choice_.more || (keep_.bytes != 0 && total_ > keep_.bytes && choice_.erase.size() == kErasedAtOnce);
    return std::move(choice_);
  }

 private:
  void spare(const std::string& name, std::string why) { choice_.spared.push_back({name, std::move(why)}); }

  /// look finds the segments of an epoch that nobody needs.
  void look(const Epoch& epoch, const Catalog::Part& part) {
    const auto& all = part.segments;
    const uint64_t needed = all.back().header_good ? all.back().header.open_from : 0;
    for (size_t i = 0; i < all.size(); ++i) {
      const SegmentEntry& one = all[i];
      if (erased_.find(epoch, one.header.index) != nullptr) continue;
      if (held_.count(one.name) != 0) {
        if (named_.count(one.name) != 0) spare(one.name, "it is held");
        continue;
      }
      const bool wanted = keep_.age != 0 || over_ || named_.count(one.name) != 0;
      if (wanted && !keep_.hold) consider(epoch, part, i, needed);
    }
  }

  void consider(const Epoch& epoch, const Catalog::Part& part, size_t i, uint64_t needed) {
    const SegmentEntry& one = part.segments[i];
    const bool named = named_.count(one.name) != 0;
    if (!one.header_good) {
      if (named) spare(one.name, "its header is damaged: nobody can tell what a tombstone would stand for");
      return;
    }
    Candidate found;
    found.bytes = one.bytes;
    ErasedSegment& entry = found.entry;
    entry.name = one.name;
    entry.base = one.header.base;
    entry.sequence = one.header.sequence;
    if (entry.base == 0) {
      entry.previous_process = id_of(one.header.previous_process);
      entry.first_chain = chain_of(one.header.chain);
    }
    found.last = one.header.created_ns;
    if (const Erased::Run* behind = erased_.find(epoch, one.header.index + 1); behind != nullptr) {
      if (!due(found.last, named)) return;
      if (!ends_before(epoch, one, *behind, &found))
        return named ? spare(one.name, "it does not end where the tombstone behind it begins") : void();
    } else if (i + 1 < part.segments.size()) {
      const SegmentEntry& next = part.segments[i + 1];
      found.last = std::max(found.last, next.header.created_ns);   // the clock may have been set back
      if (!due(found.last, named)) return;
      if (!next.header_good || next.header.index != one.header.index + 1)
        return named ? spare(one.name, "the segment behind it is missing or damaged") : void();
      entry.next_sequence = next.header.sequence;
      entry.chain = chain_of(next.header.chain);
      found.behind_open = one.header.base + segment_data(one.header.segment_bytes) > needed && !end_of(epoch, part).ended;
      if (found.behind_open && (i + kNewest >= part.segments.size() || !(far_over_ || is_far_too_old(found.last))))
        return named ? spare(one.name, "an exchange that was open later may have begun in it") : void();
    } else {
      if (!due(found.last, named)) return;
      const End& end = end_of(epoch, part);
      if (!end.ended) return named ? spare(one.name, "its epoch goes on, or was not recovered yet") : void();
      found.last = std::max(found.last, end.last);
      entry.next_sequence = end.next_sequence;
      entry.chain = end.chain;
      entry.last = true;
      if (!due(found.last, named)) return;
    }
    if (entry.next_sequence <= entry.sequence) return named ? spare(one.name, "the sequence behind it goes back") : void();
    found_.push_back(std::move(found));
  }

  /// due is asked before anything dear is: a segment whose first record is young enough stays.
  bool due(WallNs last, bool named) const {
    return named || over_ || (keep_.age != 0 && last + keep_.age < now_);
  }

  /// Exchanges that stay open do not keep the disk filling up for ever: a hole is left where they went on.
  bool is_far_over() const { return keep_.bytes != 0 && total_ > keep_.bytes && total_ - keep_.bytes > keep_.bytes / 2; }
  bool is_far_too_old(WallNs last) const { return keep_.age != 0 && last < now_ && (now_ - last) / kPatience > keep_.age; }

  /// ends_before: what stood behind was erased while this one was held, so its own records say where it ends.
  bool ends_before(const Epoch& epoch, const SegmentEntry& one, const Erased::Run& behind, Candidate* found) {
    Stream stream(folder_, epoch, {one}, nullptr, one.header.index);
    if (!walk(stream, one.header.index, &found->entry.chain, &found->last)) return false;
    if (stream.next_sequence() != behind.sequence) return false;
    found->entry.next_sequence = stream.next_sequence();
    found->entry.chain = stream.chain();
    return true;
  }

  /// end_of reads the newest segment of an epoch, once.
  const End& end_of(const Epoch& epoch, const Catalog::Part& part) {
    const auto [at, fresh] = ends_.try_emplace(epoch);
    if (fresh) at->second = read_end(folder_, epoch, part);
    return at->second;
  }

  void decide(Candidate& each) {
    const bool named = named_.count(each.entry.name) != 0;
    const bool old = keep_.age != 0 && each.last + keep_.age < now_;
    if (keep_.bytes != 0 && total_ > keep_.bytes) freeing_ = true;
    if (freeing_ && total_ <= keep_.bytes - keep_.bytes / kSlack) freeing_ = false;
    if (!named && !old && !freeing_) return;
    if (each.behind_open && !named && !is_far_over() && !is_far_too_old(each.last)) return;
    if (choice_.erase.size() == kErasedAtOnce) {
      choice_.more = true;
      return;
    }
    each.entry.why = named ? "command" : old ? "age" : "size";
    if (named) each.entry.by = account_of(folder_, each.entry.name + kEraseSuffix);
    total_ -= each.bytes;
    choice_.bytes += each.bytes;
    choice_.erase.push_back(std::move(each.entry));
  }

  const Descriptor& folder_;
  const Keep& keep_;
  const WallNs now_;
  const std::set<std::string> held_, named_;
  Erased erased_;
  std::map<Epoch, End> ends_;
  std::vector<Candidate> found_;
  bool over_ = false;      // there is more than keep_.bytes
  bool far_over_ = false;  // by more than half
  uint64_t total_ = 0;     // bytes of segments that stay
  bool freeing_ = false;   // by size
  Choice choice_;
};

/// has_anything_to_do: most passes look for commands alone.
bool has_anything_to_do(const Descriptor& folder, const Keep& keep) {
  return keep.age != 0 || keep.bytes != 0 || !list_folder(folder, kEraseSuffix).empty();
}

int remove_with_beside(const Descriptor& folder, const std::string& segment) {
  if (::unlinkat(folder.get(), segment.c_str(), 0) != 0 && errno != ENOENT) return errno;
  for (const char* suffix : kBeside)
    if (::unlinkat(folder.get(), (segment + suffix).c_str(), 0) != 0 && errno != ENOENT) return errno;
  return 0;
}

std::string text_of(const ExchangeId& id) {
  std::string text(kExchangeIdText, '\0');
  format_exchange_id(id, text.data());
  return text;
}

}  // namespace

Choice choose(const Descriptor& folder, const Keep& keep, WallNs now) { return Chooser(folder, keep, now).run(); }

Result<Swept, std::string> sweep(const Descriptor& folder, const std::string& path, const Keep& keep, WallNs now, ByteView version,
                                 const Attest& attest) {
  Swept swept;
  const auto lock = lock_folder(folder, path, kRetentionLock);
  if (!lock) return swept;   // somebody else is at it
  if (attest.owed)
    if (auto done = attest.owed(); !done) return Failure{done.error()};
  const ReadWatch watch;   // what is held, or open, may be what could not be read
  const bool busy = has_anything_to_do(folder, keep);
  Choice choice = busy ? Choice() : choose(folder, keep, now);
  if (busy || !choice.leftover.empty()) {
    if (attest)
      if (auto done = look_at_last(folder, attest.key, attest.believed.get()); !done) return Failure{done.error()};
    choice = choose(folder, keep, now);   // what tombstones say is believed now
  }
  if (auto done = watch.well(path); !done) return Failure{done.error()};
  std::vector<std::string> doomed = std::move(choice.leftover);
  swept.spared = std::move(choice.spared);
  if (!choice.erase.empty()) {
    auto told = write_tombstone(folder, choice.erase, now, version);
    if (!told) return Failure{told.error()};
    swept.tombstone = text_of(told->epoch.process);
    if (attest) {
      if (auto done = attest.sign(*told); !done) {   // nothing is deleted for it; it stays where a head names it, or may
        if (attest.owed || is_named(folder, *told)) return Failure{done.error()};
        ::unlinkat(folder.get(), segment_name(told->epoch, 0, now).c_str(), 0);
        sync_folder(folder);
        return Failure{done.error()};
      }
      if (attest.believed) *attest.believed = {told->epoch.process, told->chain};
    }
    for (const ErasedSegment& each : choice.erase) doomed.push_back(each.name);
    swept.erased = std::move(choice.erase);
    swept.bytes = choice.bytes;
    swept.more = choice.more;
  }
  std::string trouble;
  for (const std::string& each : doomed)
    if (const int error = remove_with_beside(folder, each); error != 0) trouble = failure("delete segment", each, error);
  if (!doomed.empty())
    if (const int error = sync_folder(folder); error != 0) trouble = failure("sync folder", path, error);
  if (!trouble.empty()) return Failure{trouble};
  return swept;
}

std::optional<WallNs> ended_at(const Descriptor& folder, const Epoch& epoch, const Catalog::Part& part) {
  if (part.segments.empty() || !part.segments.back().header_good) return std::nullopt;
  const End end = read_end(folder, epoch, part);
  return end.ended ? std::optional<WallNs>(end.last) : std::nullopt;
}

Result<Done, std::string> mark(const Descriptor& folder, const std::string& segment, const char* suffix, ByteView note) {
  const std::string name = segment + suffix;
  Descriptor file(::openat(folder.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid() && errno == EEXIST) return Done{};
  int error = file.valid() ? write_at(file, 0, note.substr(0, kNoteBytes)) : errno;
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0) error = sync_folder(folder);
  if (error == 0) return Done{};
  return Failure{failure("write", name, error)};
}

Result<Done, std::string> unmark(const Descriptor& folder, const std::string& segment, const char* suffix) {
  const std::string name = segment + suffix;
  int error = ::unlinkat(folder.get(), name.c_str(), 0) == 0 || errno == ENOENT ? 0 : errno;
  if (error == 0) error = sync_folder(folder);
  if (error == 0) return Done{};
  return Failure{failure("remove", name, error)};
}

bool is_marked(const Descriptor& folder, const std::string& segment, const char* suffix) {
  return ::faccessat(folder.get(), (segment + suffix).c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

std::string note_of(const Descriptor& folder, const std::string& segment, const char* suffix) {
  uint64_t bytes = 0;
  const Descriptor file = open_regular(folder, segment + suffix, false, &bytes);
  if (!file.valid()) return {};
  std::string note(std::min<uint64_t>(bytes, kNoteBytes), '\0');
  note.resize(read_at(file, 0, note));
  return note;
}

}  // namespace gatehouse::record
