#include "record/whereabouts.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "record/write_lock.h"

namespace gatehouse::record {
namespace {

constexpr size_t kNoteMax = 8192;   // two paths

std::string note_name(const ExchangeId& process) {
  std::string name(kExchangeIdText, '0');
  format_exchange_id(process, name.data());
  return name + kNoteSuffix;
}

/// Places are a neighbour's folders: locked when they are not the caller's own.
struct Places {
  Descriptor folder, rings;
  WriteLock folder_lock, rings_lock;
};

Result<Places, std::string> enter(const Descriptor& own_folder, const Descriptor& own_rings, const Whereabouts& one) {
  Places places;
  auto folder = make_folder(one.dir);
  if (!folder) return Failure{folder.error()};
  places.folder = std::move(*folder);
  if (!same_folder(places.folder, own_folder)) {
    auto lock = lock_writing(places.folder, one.dir, kRecordsLock, {&own_rings});
    if (!lock) return Failure{lock.error()};
    places.folder_lock = std::move(*lock);
  }
  auto rings = make_folder(one.ring_dir);   // made anew after a reboot: its rings are lost then
  if (!rings) return Failure{rings.error()};
  places.rings = std::move(*rings);
  if (!same_folder(places.rings, own_rings)) {
    auto lock = lock_writing(places.rings, one.ring_dir, kRingsLock, {&own_folder, &places.folder});
    if (!lock) return Failure{lock.error()};
    places.rings_lock = std::move(*lock);
  }
  return places;
}

bool leads_to(const std::string& path, const Descriptor& folder) {
  const auto there = open_folder(path);
  return there && same_folder(*there, folder);
}

Result<Done, std::string> recover_one(const Descriptor& folder, const Descriptor& rings, WallNs now, const Whereabouts& one,
                                      uint64_t ring_bytes, std::vector<std::string>* notes) {
  if (::access(one.dir.c_str(), F_OK) != 0 && errno == ENOENT) {
    notes->push_back("recovery: folder " + one.dir + " of an earlier process is no longer there");
    return Done{};
  }
  auto places = enter(folder, rings, one);
  if (!places) return Failure{places.error()};
  Scope scope;
  scope.only = &one.process;
  scope.ring_bytes = ring_bytes;
  auto recovered = recover(places->folder, places->rings, now, scope);
  if (!recovered) return Failure{recovered.error()};
  notes->insert(notes->end(), recovered->notes.begin(), recovered->notes.end());
  forget_whereabouts(places->folder, one.process);
  forget_whereabouts(places->rings, one.process);
  return Done{};
}

}  // namespace

bool same_folder(const Descriptor& a, const Descriptor& b) {
  struct stat one {}, other {};
  if (::fstat(a.get(), &one) == 0 && ::fstat(b.get(), &other) == 0) return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
  note_refusal(errno);
  return false;
}

Result<Done, std::string> note_whereabouts(const Descriptor& folder, const Whereabouts& where) {
  const std::string name = note_name(where.process), draft = name + ".new";
  const std::string text = where.dir + '\0' + where.ring_dir;
  const Descriptor file(::openat(folder.get(), draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  int error = file.valid() ? write_at(file, 0, text) : errno;
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::renameat(folder.get(), draft.c_str(), folder.get(), name.c_str()) != 0) error = errno;
  if (error == 0) error = sync_folder(folder);
  if (error != 0) return Failure{failure("write", name, error)};
  return Done{};
}

void forget_whereabouts(const Descriptor& folder, const ExchangeId& process) {
  ::unlinkat(folder.get(), note_name(process).c_str(), 0);
}

std::vector<Whereabouts> noted_whereabouts(const Descriptor& folder) {
  std::vector<Whereabouts> noted;
  for (const std::string& name : list_folder(folder, kNoteSuffix)) {
    const auto process = parse_exchange_id(ByteView(name).substr(0, kExchangeIdText));
    uint64_t bytes = 0;
    const Descriptor file = open_regular(folder, name, false, &bytes);
    if (!process || name != note_name(*process) || !file.valid() || bytes == 0 || bytes > kNoteMax) continue;
    std::string text(bytes, '\0');
    text.resize(read_at(file, 0, text));
    const size_t cut = text.find('\0');
    if (cut == std::string::npos || text.front() != '/' || text[cut + 1] != '/') continue;
    noted.push_back({*process, text.substr(0, cut), text.substr(cut + 1)});
  }
  return noted;
}

Result<Done, std::string> recover_noted(const Descriptor& folder, const Descriptor& rings, WallNs now, Scope* scope,
                   std::vector<std::string>* notes) {
  const ReadWatch watch;
  std::vector<Whereabouts> noted = noted_whereabouts(folder);
  for (Whereabouts& one : noted_whereabouts(rings)) noted.push_back(std::move(one));
  if (auto done = watch.well("notes of earlier processes"); !done) return done;
  for (const Whereabouts& one : noted) {
    if (!scope->has(one.process) || !scope->beside.insert(one.process).second) continue;
    const bool here = leads_to(one.dir, folder) && leads_to(one.ring_dir, rings);
    if (auto done = watch.well(one.dir); !done) return done;
    if (here) continue;   // recover() finds all of it
    if (auto done = recover_one(folder, rings, now, one, scope->ring_bytes, notes); !done) {
      notes->push_back("recovery: what a process left in " + one.dir + " stays as it is: " + done.error());
      scope->not_these.insert(one.process);
      scope->beside.erase(one.process);
    }
  }
  return Done{};
}

}  // namespace gatehouse::record
