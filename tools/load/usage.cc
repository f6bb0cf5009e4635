#include "load/usage.h"

#include <dirent.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

namespace gatehouse::load {
namespace {

std::string text_of(const std::string& path) {
  std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "re"), &std::fclose);
  char bytes[4096];
  return file == nullptr ? std::string() : std::string(bytes, std::fread(bytes, 1, sizeof bytes, file.get()));
}

OwnUsage schedstat(const std::string& path) {
  OwnUsage usage;
  const std::string text = text_of(path);
  char* rest = nullptr;
  usage.cpu_ns = std::strtoull(text.c_str(), &rest, 10);
  usage.waiting_ns = std::strtoull(rest, nullptr, 10);
  return usage;
}

// The process's own clock: what its threads took that have ended by now is in it, too.
uint64_t cpu_of(int pid) {
  clockid_t clock;
  timespec taken{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &taken) != 0) return 0;
  return static_cast<uint64_t>(taken.tv_sec) * kNsPerSecond + static_cast<uint64_t>(taken.tv_nsec);
}

void add_process(int pid, ProcessUsage& usage, int depth) {
  const std::string folder = "/proc/" + std::to_string(pid);
  const std::string task = folder + "/task";
  std::unique_ptr<DIR, int (*)(DIR*)> threads(opendir(task.c_str()), &closedir);
  if (threads == nullptr) {
    if (depth == 0) usage.alive = false;
    return;
  }
  usage.cpu_ns += cpu_of(pid);
  std::string children;
  while (const dirent* entry = readdir(threads.get()))
    if (entry->d_name[0] != '.') children += text_of(task + "/" + entry->d_name + "/children");
  const std::string memory = text_of(folder + "/statm");
  char* rest = nullptr;
  std::strtoull(memory.c_str(), &rest, 10);
  usage.rss_bytes += std::strtoull(rest, nullptr, 10) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  if (depth >= 4) return;
  for (const char* at = children.c_str();;) {
    char* end = nullptr;
    const long child = std::strtol(at, &end, 10);
    if (end == at) break;
    add_process(static_cast<int>(child), usage, depth + 1);
    at = end;
  }
}

}  // namespace

OwnUsage own_usage() { return schedstat("/proc/thread-self/schedstat"); }

ProcessUsage process_usage(const std::vector<int>& pids) {
  ProcessUsage usage;
  for (const int pid : pids) add_process(pid, usage, 0);
  return usage;
}

double UsageSpan::cpu_share() const {
  return wall() == 0 ? 0 : static_cast<double>(own_after.cpu_ns - own_before.cpu_ns) / wall();
}

double UsageSpan::waiting_share() const {
  return wall() == 0 ? 0 : static_cast<double>(own_after.waiting_ns - own_before.waiting_ns) / wall();
}

uint64_t UsageSpan::process_cpu_ns() const { return after.cpu_ns > before.cpu_ns ? after.cpu_ns - before.cpu_ns : 0; }

}  // namespace gatehouse::load
