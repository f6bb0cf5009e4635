#include "cli/version_text.h"

#include <algorithm>
#include <cstdio>

namespace gatehouse::cli {
namespace {

struct Release {
  ByteView library;
  ByteView version;
  Month month;
};

// From the projects' release pages; BoringSSL has no releases: the month of the commit.
constexpr Release kReleases[] = {
    {"BoringSSL", "Android 14.0.0 r45", {2023, 4}},
    {"liburing", "2.9", {2025, 2}},
    {"simdjson", "3.0.1", {2022, 11}},
    {"simdjson", "3.12.3", {2025, 3}},
    {"Hyperscan", "5.4.0", {2021, 1}},
    {"Hyperscan", "5.4.2", {2023, 4}},
    {"Vectorscan", "5.4.9", {2023, 3}},
    {"Vectorscan", "5.4.11", {2023, 11}},
    {"PCRE2", "10.42", {2022, 12}},
    {"PCRE2", "10.45", {2025, 2}},
    {"PCRE2", "10.46", {2025, 8}},
    {"pg_query", "PostgreSQL 15.1", {2022, 11}},
    {"pg_query", "PostgreSQL 17.4", {2025, 2}},
    {"pg_query", "PostgreSQL 17.5", {2025, 5}},
    {"ICU", "72.1", {2022, 10}},
    {"ICU", "76.1", {2024, 10}},
    {"SQLite", "3.40.1", {2022, 12}},
    {"SQLite", "3.46.1", {2024, 8}},
    {"zlib", "1.2.13", {2022, 10}},
    {"zlib", "1.3.1", {2024, 1}},
    {"brotli", "1.0.9", {2020, 8}},
    {"brotli", "1.1.0", {2023, 8}},
    {"zstd", "1.5.4", {2023, 2}},
    {"zstd", "1.5.7", {2025, 2}},
    {"CLI11", "2.1.2", {2021, 10}},
    {"CLI11", "2.4.1", {2024, 1}},
    {"CLI11", "2.4.2", {2024, 4}},
    {"toml++", "3.3.0", {2023, 1}},
    {"toml++", "3.4.0", {2023, 10}},
    {"mimalloc", "2.0.9", {2022, 12}},
    {"mimalloc", "3.0.1", {2025, 1}},
};

}  // namespace

std::string Month::text() const {
  char out[16];
  std::snprintf(out, sizeof out, "%04d-%02d", year, month);
  return out;
}

int Month::age(int month_now) const { return std::max(0, month_now - (year * 12 + month - 1)); }

std::string Month::described(int month_now) const {
  if (!known()) return "release date unknown";
  const int months = age(month_now);
  const int count = months < 24 ? months : months / 12;
  const char* unit = months < 24 ? "month" : "year";
  return "released " + text() + ", " + std::to_string(count) + " " + unit + (count == 1 ? "" : "s") + " old";
}

Month release_month(ByteView library, ByteView version) {
  for (const Release& release : kReleases)
    if (release.library == library && release.version == version) return release.month;
  return {};
}

}  // namespace gatehouse::cli
