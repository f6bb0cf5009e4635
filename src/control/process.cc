#include "control/process.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <system_error>

#include "record/folder.h"

// mimalloc's, where it is linked: it aborts without a word otherwise. A sanitizer's allocator says by itself what it lacks.
extern "C" void mi_register_error(void (*error)(int number, void* own), void* own) __attribute__((weak));

namespace gatehouse::control {
namespace {

unsigned long long address_space() {
  char text[64] = {};
  const int file = ::open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  const ssize_t got = file < 0 ? 0 : ::read(file, text, sizeof text - 1);
  if (file >= 0) ::close(file);
  return got > 0 ? std::strtoull(text, nullptr, 10) * static_cast<unsigned long long>(::sysconf(_SC_PAGESIZE)) : 0;
}

// Nothing is unwound: threads run that others would wait for. What says so takes no memory.
[[noreturn]] void end_without(const char* what) {
  char text[512];
  rlimit limit{};
  const bool bounded = ::getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  int size = std::snprintf(text, sizeof text, "gatehouse: %s: this process has %llu MiB of address space, and ", what,
                           address_space() >> 20);
  if (bounded)
    size += std::snprintf(text + size, sizeof text - static_cast<size_t>(size),
                          "may have %llu (RLIMIT_AS: ulimit -v, LimitAS=); it is not meant to be bounded so: bound MemoryMax=, "
                          "and see what `gatehouse check` says of memory\n",
                          static_cast<unsigned long long>(limit.rlim_cur) >> 20);
  else
    size += std::snprintf(text + size, sizeof text - static_cast<size_t>(size),
                          "no bound of it: the host gives no more (vm.overcommit_memory, pids.max)\n");
  for (const char* rest = text; size > 0;) {
    const ssize_t written = ::write(STDERR_FILENO, rest, static_cast<size_t>(size));
    if (written <= 0) break;
    rest += written;
    size -= static_cast<int>(written);
  }
  ::_exit(kUnavailable);
}

}  // namespace

WallNs wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<WallNs>(now.tv_sec) * kNsPerSecond + static_cast<WallNs>(now.tv_nsec);
}

void say_when_memory_ends() {
  if (mi_register_error == nullptr) return;
  mi_register_error([](int number, void*) {
    if (number == ENOMEM) end_without("no memory can be had");
  }, nullptr);
}

std::thread start_thread(std::function<void()> work) {
  try {
    return std::thread(std::move(work));
  } catch (const std::system_error&) {
    end_without("no thread can be had");
  }
}

void harden() {
  prctl(PR_SET_DUMPABLE, 0);
  umask(0077);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int take_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
      if (CPU_ISSET(static_cast<size_t>(cpu), &set)) cpus.push_back(cpu);
  }
  if (cpus.empty()) cpus.push_back(0);
  return cpus;
}

namespace {

std::string trouble_of(const std::string& path, const struct stat& info) {
  if (info.st_uid == geteuid() && (info.st_mode & 027) == 0) return {};
  return "the folder " + path + " is not ours alone: it needs our owner and mode 0700 or 0750";
}

}  // namespace

std::string private_folder_trouble(const std::string& path) {
  struct stat info {};
  if (lstat(path.c_str(), &info) == 0)
    return S_ISDIR(info.st_mode) ? trouble_of(path, info)
                                 : "cannot use the folder " + path + ": " + strerror(S_ISLNK(info.st_mode) ? ELOOP : ENOTDIR);
  return errno == ENOENT && record::can_make_folder(path) ? "" : "cannot make the folder " + path + ": " + strerror(errno);
}

Result<std::string, std::string> private_folder(const std::string& path) {
  using Failed = Failure<std::string>;
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return Failed{"cannot make the folder " + path + ": " + strerror(errno)};
  }
  const int folder = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return Failed{"cannot use the folder " + path + ": " + strerror(errno)};
  struct stat info {};
  const bool known = fstat(folder, &info) == 0;
  close(folder);
  if (!known) return Failed{"cannot examine the folder " + path};
  if (std::string trouble = trouble_of(path, info); !trouble.empty()) return Failed{std::move(trouble)};
  char absolute[PATH_MAX];
  if (realpath(path.c_str(), absolute) == nullptr) return Failed{"cannot find " + path + ": " + strerror(errno)};
  return std::string(absolute);
}

}  // namespace gatehouse::control
