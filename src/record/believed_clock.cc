#include "record/believed_clock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace gatehouse::record {
namespace {

constexpr size_t kNoteMax = 32;

/// read_note is what the note says: nothing where there is none, 0 where it cannot be read.
std::optional<WallNs> read_note(const Descriptor& folder) {
  uint64_t bytes = 0;
  const Descriptor file = open_regular(folder, kClockNote, false, &bytes);
  if (!file.valid() && errno == ENOENT) return std::nullopt;
  char text[kNoteMax];
  const size_t size = file.valid() && bytes <= kNoteMax ? read_at(file, 0, text) : 0;
  WallNs last = 0;
  const auto [end, error] = std::from_chars(text, text + size, last);
  return error == std::errc() && end + 1 == text + size && *end == '\n' ? last : 0;
}

/// filtered: a system call that is out of the ordinary may be the last one of this process, or it cannot be known.
bool filtered() {
  const Descriptor file(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  char text[8192];
  const ByteView status(text, file.valid() ? read_at(file, 0, text) : 0);
  return status.find("\nSeccomp:\t0\n") == ByteView::npos;
}

}  // namespace

std::optional<Doubt> doubt_clock(const Descriptor& folder, WallNs now, bool sure, WallNs most) {
  const std::optional<WallNs> last = read_note(folder);
  if (last && !sure && (*last == 0 || (now > *last && now - *last > most))) return Doubt{*last};
  if (!last || sure || now > *last) static_cast<void>(believe_clock(folder, now));
  return std::nullopt;
}

Result<Done, std::string> believe_clock(const Descriptor& folder, WallNs now) {
  const std::string name = kClockNote, draft = name + ".new", text = std::to_string(now) + "\n";
  ::unlinkat(folder.get(), draft.c_str(), 0);   // of another user, perhaps, as is who reads this one
  const Descriptor file(::openat(folder.get(), draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  struct stat owner {};   // root may confirm it for a gateway that runs as another user
  const bool given = file.valid() && ::fstat(folder.get(), &owner) == 0 &&
                     (owner.st_uid == ::geteuid() || ::fchown(file.get(), owner.st_uid, owner.st_gid) == 0);
  int error = given ? write_at(file, 0, text) : errno;
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::renameat(folder.get(), draft.c_str(), folder.get(), name.c_str()) != 0) error = errno;
  if (error == 0) error = sync_folder(folder);
  if (error != 0) return Failure{failure("write", name, error)};
  return Done{};
}

KernelClock ask_clock() {
  timex clock{};
  const long state = ::syscall(SYS_adjtimex, &clock);   // the library's adjtimex() is another system call, which sets clocks, too
  if (state == -1) return KernelClock::silent;
  return state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0 ? KernelClock::synchronised : KernelClock::free;
}

bool clock_synchronised() { return !filtered() && ask_clock() == KernelClock::synchronised; }

}  // namespace gatehouse::record
