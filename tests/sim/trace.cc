#include "trace.h"

#include <cinttypes>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <initializer_list>

namespace gatehouse::sim {

void Trace::line(MonotonicNs at, const char* who, uint64_t number, const char* what, const char* format,
                 ...) {
  char details[200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(details, sizeof(details), format, arguments);
  va_end(arguments);
  const auto mix = [this](uint64_t value) { digest_ = (digest_ ^ value) * 0x100000001b3; };
  mix(at);
  mix(number);
  for (const char* text : {who, what, static_cast<const char*>(details)})
    for (; *text != 0; ++text) mix(static_cast<unsigned char>(*text));
  ++lines_;
  if (print_)
    printf("%13.6f  %-7s %3" PRIu64 "  %-14s %s\n", static_cast<double>(at) / 1e6, who, number, what,
           details);
}

void Trace::bytes(ByteView written) {
  digest_ ^= written.size();
  for (; written.size() >= 8; written.remove_prefix(8)) {
    uint64_t word;
    std::memcpy(&word, written.data(), sizeof word);
    digest_ = (digest_ ^ word) * 0x9e3779b97f4a7c15;
    digest_ ^= digest_ >> 29;
  }
  for (const char c : written) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
}

}  // namespace gatehouse::sim
