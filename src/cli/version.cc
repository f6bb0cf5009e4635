#include <brotli/decode.h>
#include <hs.h>
#include <libxml/parser.h>
#include <pg_query.h>
#include <simdjson.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <time.h>
#include <unicode/uversion.h>
#include <zlib.h>
#include <zstd.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <CLI/Version.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/version_text.h"
#include "config/json_text.h"
#include "config/toml.h"
#include "crypto/library.h"
#include "uring/kernel.h"
#include "uring/ring.h"
#if GATEHOUSE_MIMALLOC
#include <mimalloc.h>
#endif

#ifndef GATEHOUSE_VERSION
#error "the build defines GATEHOUSE_VERSION"
#endif

namespace gatehouse::cli {
namespace {

std::string dotted(uint64_t major, uint64_t minor, uint64_t patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

// Hyperscan's open line ended with 5.4.2 (5.5 is proprietary); its fork Vectorscan counts on from there.
constexpr bool kVectorscan = HS_MAJOR == 5 && HS_MINOR == 4 && HS_PATCH > 2;

/// "10.42 2022-12-11"
std::string pcre2_version() {
  char text[64] = {};
  return pcre2_config(PCRE2_CONFIG_VERSION, text) > 0 ? std::string(text, std::string(text).find(' ')) : "unknown";
}

std::string brotli_version() {
  const uint32_t number = BrotliDecoderVersion();   // 12 bits each
  return dotted(number >> 24, number >> 12 & 0xfff, number & 0xfff);
}

std::string icu_version() {
  UVersionInfo parts;
  u_getVersion(parts);
  return std::to_string(parts[0]) + "." + std::to_string(parts[1]);
}

/// "20914", with a remark behind it in builds from a repository.
std::string libxml2_version() {
  const uint64_t number = std::strtoull(xmlParserVersion, nullptr, 10);
  return dotted(number / 10'000, number / 100 % 100, number % 100);
}

std::vector<Library> libraries() {
  const std::string hyperscan = hs_version();  // "5.4.0 2021-01-26"
  std::vector<Library> all = {
      {"BoringSSL", GATEHOUSE_BORINGSSL, {}},
      {"liburing", GATEHOUSE_LIBURING, {}},
      {"simdjson",
       dotted(simdjson::SIMDJSON_VERSION_MAJOR, simdjson::SIMDJSON_VERSION_MINOR,
              simdjson::SIMDJSON_VERSION_REVISION),
       {}},
      {kVectorscan ? "Vectorscan" : "Hyperscan", hyperscan.substr(0, hyperscan.find(' ')), {}},
      {"PCRE2", pcre2_version(), {}},
      {"pg_query", "PostgreSQL " PG_VERSION, {}},   // its own version no header tells
      {"ICU", icu_version(), {}},
      {"SQLite", sqlite3_libversion(), {}},
      {"libxml2", libxml2_version(), {}},
      {"zlib", zlibVersion(), {}},
      {"brotli", brotli_version(), {}},
      {"zstd", ZSTD_versionString(), {}},
      {"CLI11", CLI11_VERSION, {}},
      {"toml++", std::string(config::toml_version()), {}},
  };
#if GATEHOUSE_MIMALLOC
  const auto number = static_cast<uint64_t>(mi_version());  // 209, later 30001
  const uint64_t step = number >= 10'000 ? 100 : 10;
  all.push_back({"mimalloc", dotted(number / step / step, number / step % step, number % step), {}});
#endif
  for (Library& library : all) library.released = release_month(library.name, library.version);
  all.front().version += ", " + std::string(crypto::library_version());
  return all;
}

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

/// RingText is how this process may use io_uring.
struct RingText {
  bool available = false;
  std::string why;  // when it is not
  std::vector<std::string> features;
};

RingText ring_text() {
  uring::RingOptions options;
  options.entries = 8;
  options.sockets = 8;
  options.hot_buffers = 4;
  options.overflow_buffers = 4;
  const auto ring = uring::Ring::open(options);
  if (!ring) return {false, ring.error(), {}};
  RingText text{true, {}, {"defer_taskrun", "no_sqarray", "registered_ring", "restricted"}};
  const uring::RingFeatures features = ring.value()->features();
  const bool in_use[] = {features.defer_taskrun, features.no_sqarray, features.registered_ring,
                         features.restricted};
  for (size_t i = std::size(in_use); i-- > 0;)
    if (!in_use[i]) text.features.erase(text.features.begin() + static_cast<ptrdiff_t>(i));
  return text;
}

/// words joins what is there, or what is not.
std::string words(const std::vector<uring::KernelFeature>& features, bool there) {
  std::string text;
  for (const uring::KernelFeature& one : features) {
    if (one.there != there) continue;
    text += (text.empty() ? "" : " ") + std::string(one.name);
    if (!there) text += " (Linux " + std::string(one.since) + ")";
  }
  return text.empty() ? "none" : text;
}

std::string json_text(const std::vector<Library>& all, const std::string& kernel, const RingText& ring,
                      int month_now) {
  std::string out = "{\"gatehouse\":";
  config::append_json(out, GATEHOUSE_VERSION);
  out += ",\"compiler\":";
  config::append_json(out, compiler());
  out += ",\"kernel\":";
  config::append_json(out, kernel);
  out += ",\"kernel_features\":{";
  for (const uring::KernelFeature& one : uring::kernel_features())
    out += (out.back() == '{' ? "\"" : ",\"") + std::string(one.name) + (one.there ? "\":true" : "\":false");
  out += "}";
  out += std::string(",\"io_uring\":{\"available\":") + (ring.available ? "true" : "false") + ",\"why\":";
  config::append_json(out, ring.why);
  out += ",\"features\":[";
  for (size_t i = 0; i < ring.features.size(); ++i) {
    if (i > 0) out += ",";
    config::append_json(out, ring.features[i]);
  }
  out += "]},\"libraries\":[";
  for (size_t i = 0; i < all.size(); ++i) {
    out += i > 0 ? ",{\"name\":" : "{\"name\":";
    config::append_json(out, all[i].name);
    out += ",\"version\":";
    config::append_json(out, all[i].version);
    if (all[i].released.known())
      out += ",\"released\":\"" + all[i].released.text() +
             "\",\"age_months\":" + std::to_string(all[i].released.age(month_now));
    out += "}";
  }
  return out + "]}";
}

void print_text(const std::vector<Library>& all, const std::string& kernel, const RingText& ring,
                int month_now) {
  const std::vector<uring::KernelFeature> features = uring::kernel_features();
  std::printf("gatehouse %s\ncompiler  %s\nkernel    %s\n", GATEHOUSE_VERSION, compiler().c_str(),
              config::printable(kernel).c_str());
  std::printf("          has: %s\n          has not: %s\n", words(features, true).c_str(),
              words(features, false).c_str());
  std::printf("io_uring  %s\n", ring.available ? "available; ring mode in use:" : ring.why.c_str());
  for (const std::string& feature : ring.features) std::printf("          %s\n", feature.c_str());
  std::puts("libraries");
  for (const Library& library : all)
    std::printf("  %-10s %-27s %s\n", library.name.c_str(), library.version.c_str(),
                library.released.described(month_now).c_str());
}

int this_month() {
  const time_t now = time(nullptr);
  tm date{};
  gmtime_r(&now, &date);
  return (date.tm_year + 1900) * 12 + date.tm_mon;
}

std::string kernel_text() {
  utsname system{};
  uname(&system);
  return std::string(system.sysname) + " " + system.release;
}

}  // namespace

std::string version_json() { return json_text(libraries(), kernel_text(), ring_text(), this_month()); }

int print_version(bool json) {
  if (json) std::puts(version_json().c_str());
  else print_text(libraries(), kernel_text(), ring_text(), this_month());
  return kExitOk;
}

void add_version(Command app) {
  auto json = std::make_shared<bool>(false);
  const Command command = app.add_subcommand("version", "Versions and ages of what is built in, and what the kernel gives");
  command.add_flag("--json", *json, "As JSON");
  command.footer("Examples:\n  gatehouse version\n  gatehouse version --json");
  command.runs([json] { return print_version(*json); });
}

}  // namespace gatehouse::cli
