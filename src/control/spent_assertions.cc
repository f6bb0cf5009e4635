#include "control/spent_assertions.h"

#include <algorithm>

#include "crypto/digest.h"

namespace gatehouse::control {

namespace {

using store::Row;
using store::stored;

constexpr const char* kSpentTables[] = {
    "CREATE TABLE IF NOT EXISTS spent_assertions (digest BLOB PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS spent_assertions_until ON spent_assertions (until)",
    "CREATE TABLE IF NOT EXISTS spent_forgotten (one INTEGER PRIMARY KEY CHECK (one=1), until INTEGER NOT NULL) STRICT",
    "INSERT OR IGNORE INTO spent_forgotten VALUES (1, 0)"};
constexpr const char* kDead =
    "SELECT count(*), max(until) FROM (SELECT until FROM spent_assertions WHERE until<=? ORDER BY until LIMIT ?)";
constexpr int64_t kAtOnce = 10'000;   // forgotten in one go: the next exchange waits for it


}  // namespace

Result<Done, std::string> SpentAssertions::open() {
  for (const char* table : kSpentTables)
    if (auto made = store_.run(table); !made) return Failure{made.error()};
  const char* const all = "SELECT count(*), (SELECT until FROM spent_forgotten) FROM spent_assertions";
  const auto counted = store_.each(all, {}, [this](const Row& row) {
    size_ = static_cast<uint64_t>(row.integer(0));
    forgotten_ = static_cast<WallNs>(row.integer(1));
    return false;
  });
  return counted;
}

Result<Reason, std::string> SpentAssertions::spend(ByteView issuer, ByteView id, WallNs until, WallNs now) {
  if (until <= forgotten_) return Reason::saml_replayed;   // whether it was used is not known any more
  if (auto forgot = forget(now); !forgot) return Failure{forgot.error()};
  if (until <= forgotten_) return Reason::saml_replayed;
  if (size_ >= most_) return Reason::saml_busy;
  const std::string length = std::to_string(issuer.size()) + ":";   // else two pairs could read alike
  const ByteView parts[] = {length, issuer, id};
  const crypto::Sha256 digest = crypto::sha256(parts);
  const auto noted = store_.run("INSERT OR IGNORE INTO spent_assertions VALUES (?, ?)",
                                {store::Blob{view_of(std::span<const uint8_t>(digest))}, stored(until)});
  if (!noted) return Failure{noted.error()};
  if (*noted == 0) return Reason::saml_replayed;
  ++size_;
  return Reason::none;
}

Result<Done, std::string> SpentAssertions::forget(WallNs now) {
  if (now < forget_again_ && forget_again_ - now <= kNsPerSecond) return Done{};
  forget_again_ = now + kNsPerSecond;
  uint64_t count = 0;
  WallNs last = forgotten_;
  const auto done = store_.all_or_none([&]() -> Result<Done, std::string> {
    const auto found = store_.each(kDead, {stored(now), kAtOnce}, [&](const Row& row) {
      count = static_cast<uint64_t>(row.integer(0));
      last = std::max(last, static_cast<WallNs>(row.integer(1)));
      return false;
    });
    if (!found || count == 0) return found;
    // All of the last end go with it, be they more: no half of an end is forgotten.
    auto gone = store_.run("DELETE FROM spent_assertions WHERE until<=?", {stored(last)});
    if (!gone) return Failure{gone.error()};
    count = *gone;
    auto noted = store_.run("UPDATE spent_forgotten SET until=?", {stored(last)});
    if (!noted) return Failure{noted.error()};
    return Done{};
  });
  if (!done) return done;
  if (count == 0) return Done{};
  size_ -= std::min(size_, count);
  forgotten_ = last;
  return Done{};
}

}  // namespace gatehouse::control
