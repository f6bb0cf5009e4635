#include "control/ledger_book.h"

#include <algorithm>

#include "crypto/digest.h"

namespace gatehouse::control {
namespace {

using identity::ApiKey;
using identity::Revocation;
using store::Blob;
using store::Row;
using store::stored;

constexpr WallNs kKeyMemory = 30 * 24 * 3600 * kNsPerSecond;   // that a key is listed after its end

constexpr const char* kLedgerTables[] = {
    "CREATE TABLE IF NOT EXISTS revocations (what INTEGER NOT NULL, issuer TEXT NOT NULL, value TEXT NOT NULL,"
    " ends INTEGER NOT NULL, made INTEGER NOT NULL, who TEXT NOT NULL, note TEXT NOT NULL, sum INTEGER NOT NULL,"
    " PRIMARY KEY (what, issuer, value)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS api_keys (id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, groups TEXT NOT NULL,"
    " digest BLOB NOT NULL, expires INTEGER NOT NULL, revoked INTEGER NOT NULL, made INTEGER NOT NULL, who TEXT NOT NULL,"
    " sum INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    ("CREATE TABLE IF NOT EXISTS seals (name TEXT NOT NULL PRIMARY KEY, row_count INTEGER NOT NULL, sum INTEGER NOT NULL)"
     " STRICT, WITHOUT ROWID")};

/// Sum adds up one row: its texts with their sizes, so that nothing can move from one column to the next.
class Sum {
 public:
  Sum& add(ByteView text) { return add(static_cast<uint64_t>(text.size())), stream_.add(text), *this; }
  Sum& add(uint64_t number) {
    char bytes[8];
    std::copy_n(reinterpret_cast<const char*>(&number), sizeof bytes, bytes);
    stream_.add({bytes, sizeof bytes});
    return *this;
  }
  int64_t finish() {
    const crypto::Sha256 digest = stream_.finish();
    int64_t sum;
    std::copy_n(digest.begin(), sizeof sum, reinterpret_cast<uint8_t*>(&sum));
    return sum;
  }

 private:
  crypto::Sha256Stream stream_;
};

int64_t sum_of(const Revocation& one) {
  return Sum().add("revocation").add(static_cast<uint64_t>(one.what)).add(one.issuer).add(one.value).add(one.ends).add(one.made)
      .add(one.by).add(one.note).finish();
}

std::string joined(const std::vector<std::string>& groups) {
  std::string text;
  for (const std::string& group : groups) text.append(text.empty() ? "" : "\n").append(group);
  return text;
}

std::vector<std::string> apart(ByteView text) {
  std::vector<std::string> groups;
  for (size_t line = text.find('\n'); line != ByteView::npos; line = text.find('\n')) {
    groups.emplace_back(text.substr(0, line));
    text.remove_prefix(line + 1);
  }
  groups.emplace_back(text);
  return groups;
}

int64_t sum_of(const ApiKey& key) {
  return Sum().add("api key").add(key.id).add(key.name).add(joined(key.groups)).add(view_of(std::span<const uint8_t>(key.digest)))
      .add(key.expires).add(key.revoked).add(key.made).add(key.by).finish();
}

WallNs time_of(int64_t number) { return number < 0 ? 0 : static_cast<WallNs>(number); }

constexpr const char* kAllRevocations = "SELECT what, issuer, value, ends, made, who, note, sum FROM revocations";
constexpr const char* kOneRevocation = "SELECT what, issuer, value, ends, made, who, note, sum FROM revocations"
                                       " WHERE what = ? AND issuer = ? AND value = ?";
constexpr const char* kPutRevocation = "INSERT OR REPLACE INTO revocations VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kDropRevocation = "DELETE FROM revocations WHERE what = ? AND issuer = ? AND value = ?";
constexpr const char* kAllKeys = "SELECT id, name, groups, digest, expires, revoked, made, who, sum FROM api_keys";
constexpr const char* kPutKey = "INSERT OR REPLACE INTO api_keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kPutSeal = "INSERT INTO seals VALUES (?, ?, ?) ON CONFLICT (name)"
                                 " DO UPDATE SET row_count = excluded.row_count, sum = excluded.sum";

Revocation revocation_of(const Row& row) {
  Revocation one;
  const int64_t what = row.integer(0);
  one.what = static_cast<identity::Revoked>(what >= 0 && what < int64_t{identity::kRevokedKinds} ? what : 0);
  one.issuer = row.text(1);
  one.value = row.text(2);
  one.ends = time_of(row.integer(3));
  one.made = time_of(row.integer(4));
  one.by = row.text(5);
  one.note = row.text(6);
  return one;
}

ApiKey key_of(const Row& row) {
  ApiKey key;
  key.id = row.text(0);
  key.name = row.text(1);
  key.groups = apart(row.text(2));
  const ByteView digest = row.blob(3);
  if (digest.size() == key.digest.size()) std::copy(digest.begin(), digest.end(), key.digest.begin());
  key.expires = time_of(row.integer(4));
  key.revoked = time_of(row.integer(5));
  key.made = time_of(row.integer(6));
  key.by = row.text(7);
  return key;
}

}  // namespace

LedgerBook::Outcome LedgerBook::open() {
  seed_ = crypto::random_u64();
  for (const char* table : kLedgerTables)
    if (auto made = store_.run(table); !made) return Failure{made.error()};
  if (auto read = read_revocations(); !read) return read;
  return read_keys();
}

// A store that was never used has no seal, and no row either.
LedgerBook::Outcome LedgerBook::check_seal(const Seal& found) {
  bool sealed = false, same = false;
  const auto asked = store_.each("SELECT row_count, sum FROM seals WHERE name = ?", {found.name}, [&](const Row& row) {
    sealed = true;
    same = row.integer(0) == found.rows && row.integer(1) == found.sum;
    return false;
  });
  if (!asked) return asked;
  if (sealed ? same : found.rows == 0) return Done{};
  return Failure{store_.path() + " is damaged: its " + found.name + " do not add up"};
}

LedgerBook::Outcome LedgerBook::write_seal(const Seal& seal) {
  const auto written = store_.run(kPutSeal, {seal.name, seal.rows, seal.sum});
  if (!written) return Failure{written.error()};
  return Done{};
}

LedgerBook::Outcome LedgerBook::read_revocations() {
  std::vector<Revocation> entries;
  Seal seal{revocations_.name};
  std::string fault;
  const auto read = store_.each(kAllRevocations, {}, [&](const Row& row) {
    Revocation one = revocation_of(row);
    fault = identity::fault_of(one);
    const int64_t sum = sum_of(one);
    if (fault.empty() && sum != row.integer(7)) fault = "a row is not what was written";
    if (entries.size() == identity::kRevocationsMax) fault = "there are too many";
    ++seal.rows;
    seal.sum ^= sum;
    entries.push_back(std::move(one));
    return fault.empty();
  });
  if (!read) return read;
  if (!fault.empty()) return Failure{store_.path() + " is damaged: revocations: " + fault};
  if (auto sound = check_seal(seal); !sound) return sound;
  revocations_ = seal;
  entries.insert(entries.end(), owed_.begin(), owed_.end());
  renew(std::make_shared<identity::RevocationSet>(entries, seed_), ledger_->api_keys);
  return Done{};
}

LedgerBook::Outcome LedgerBook::read_keys() {
  std::vector<ApiKey> keys;
  Seal seal{keys_.name};
  std::string fault;
  const auto read = store_.each(kAllKeys, {}, [&](const Row& row) {
    ApiKey key = key_of(row);
    fault = identity::fault_of(key);
    if (fault.empty() && !identity::is_api_key_id(key.id)) fault = "an id is none";
    const int64_t sum = sum_of(key);
    if (fault.empty() && sum != row.integer(8)) fault = "a row is not what was written";
    if (keys.size() == identity::kApiKeysMax) fault = "there are too many";
    ++seal.rows;
    seal.sum ^= sum;
    keys.push_back(std::move(key));
    return fault.empty();
  });
  if (!read) return read;
  if (!fault.empty()) return Failure{store_.path() + " is damaged: API keys: " + fault};
  if (auto sound = check_seal(seal); !sound) return sound;
  keys_ = seal;
  renew(ledger_->revocations, std::make_shared<identity::ApiKeySet>(std::move(keys)));
  return Done{};
}

void LedgerBook::renew(std::shared_ptr<const identity::RevocationSet> revocations,
    std::shared_ptr<const identity::ApiKeySet> keys) {
  auto fresh = std::make_shared<identity::Ledger>();
  fresh->epoch = ledger_->epoch + 1;
  fresh->revocations = std::move(revocations);
  fresh->api_keys = std::move(keys);
  ledger_ = std::move(fresh);
}

// ---- rows ----------------------------------------------------------------------------------------

// Of two ends the later one counts: adding never lets anybody in.
LedgerBook::Outcome LedgerBook::put(const Revocation& entry, Seal& seal) {
  Revocation merged = entry;
  const int64_t what = static_cast<int64_t>(entry.what);
  const auto asked = store_.each(kOneRevocation, {what, entry.issuer, entry.value}, [&](const Row& row) {
    const Revocation there = revocation_of(row);
    merged.ends = there.ends == 0 || entry.ends == 0 ? 0 : std::max(there.ends, entry.ends);
    --seal.rows;
    seal.sum ^= row.integer(7);
    return false;
  });
  if (!asked) return asked;
  const int64_t sum = sum_of(merged);
  const auto written = store_.run(kPutRevocation, {what, merged.issuer, merged.value, stored(merged.ends), stored(merged.made),
                                                   merged.by, merged.note, sum});
  if (!written) return Failure{written.error()};
  ++seal.rows;
  seal.sum ^= sum;
  return Done{};
}

Result<bool, std::string> LedgerBook::take_out(const Revocation& entry, Seal& seal) {
  const int64_t what = static_cast<int64_t>(entry.what);
  const auto asked = store_.each("SELECT sum FROM revocations WHERE what = ? AND issuer = ? AND value = ?",
                                 {what, entry.issuer, entry.value}, [&seal](const Row& row) {
    --seal.rows;
    seal.sum ^= row.integer(0);
    return false;
  });
  if (!asked) return Failure{asked.error()};
  const auto gone = store_.run(kDropRevocation, {what, entry.issuer, entry.value});
  if (!gone) return Failure{gone.error()};
  return *gone == 1;
}

LedgerBook::Outcome LedgerBook::put(const ApiKey& key, Seal& seal) {
  const auto asked = store_.each("SELECT sum FROM api_keys WHERE id = ?", {key.id}, [&seal](const Row& row) {
    --seal.rows;
    seal.sum ^= row.integer(0);
    return false;
  });
  if (!asked) return asked;
  const int64_t sum = sum_of(key);
  const auto written = store_.run(kPutKey, {key.id, key.name, joined(key.groups),
      Blob{view_of(std::span<const uint8_t>(key.digest))},
                                   stored(key.expires), stored(key.revoked), stored(key.made), key.by, sum});
  if (!written) return Failure{written.error()};
  ++seal.rows;
  seal.sum ^= sum;
  return Done{};
}

// All that is in force and not on the disk yet goes there, at once or not at all.
LedgerBook::Outcome LedgerBook::keep_owed() {
  Seal revocations = revocations_, keys = keys_;
  const auto kept = store_.all_or_none([&]() -> Outcome {
    for (const Revocation& one : owed_)
      if (auto written = put(one, revocations); !written) return written;
    for (const ApiKey& key : owed_keys_)
      if (auto written = put(key, keys); !written) return written;
    if (auto sealed = write_seal(revocations); !sealed) return sealed;
    return write_seal(keys);
  });
  if (!kept) return kept;
  revocations_ = revocations;
  keys_ = keys;
  owed_.clear();
  owed_keys_.clear();
  return Done{};
}

LedgerBook::Outcome LedgerBook::drop_keys(WallNs now, Seal& seal) {
  for (const ApiKey& key : ledger_->api_keys->keys()) {
    const WallNs end = key.revoked != 0 ? key.revoked : key.expires;
    if (end == 0 || end + kKeyMemory > now) continue;
    if (auto gone = store_.run("DELETE FROM api_keys WHERE id = ?", {key.id}); !gone) return Failure{gone.error()};
    --seal.rows;
    seal.sum ^= sum_of(key);
  }
  return Done{};
}

LedgerBook::Outcome LedgerBook::drop_ended(WallNs now) {
  if (auto kept = keep_owed(); !kept) return kept;
  const int64_t before = stored(now - std::min(now, identity::kRevocationSlack));
  Seal revocations = revocations_, keys = keys_;
  const auto kept = store_.all_or_none([&]() -> Outcome {
    const auto asked = store_.each("SELECT sum FROM revocations WHERE ends > 0 AND ends <= ?", {before}, [&](const Row& row) {
      --revocations.rows;
      revocations.sum ^= row.integer(0);
      return true;
    });
    if (!asked) return asked;
    const auto gone = store_.run("DELETE FROM revocations WHERE ends > 0 AND ends <= ?", {before});
    if (!gone) return Failure{gone.error()};
    if (auto dropped = drop_keys(now, keys); !dropped) return dropped;
    if (auto sealed = write_seal(revocations); !sealed) return sealed;
    return write_seal(keys);
  });
  if (!kept) return kept;
  if (revocations.rows != revocations_.rows)
    if (auto read = read_revocations(); !read) return read;
  return keys.rows == keys_.rows ? Outcome(Done{}) : read_keys();
}

// ---- wishes --------------------------------------------------------------------------------------

bool LedgerBook::enforce(LedgerWish& wish, WallNs now) {
  using Kind = LedgerWish::Kind;
  const bool shuts = wish.kind == Kind::add || wish.kind == Kind::expire || wish.kind == Kind::revoke;
  return shuts && shut_out(wish, now);
}

bool LedgerBook::shut_out(LedgerWish& wish, WallNs now) {
  if (wish.kind == LedgerWish::Kind::add) {
    if (ledger_->revocations->size() + wish.revocations.size() > identity::kRevocationsMax) static_cast<void>(drop_ended(now));
    if (ledger_->revocations->size() + wish.revocations.size() > identity::kRevocationsMax) return false;   // keep() says so
    for (Revocation& one : wish.revocations) one.made = now, one.by = wish.by;
    owed_.insert(owed_.end(), wish.revocations.begin(), wish.revocations.end());
    renew(ledger_->revocations->with(wish.revocations), ledger_->api_keys);
    return true;
  }
  std::vector<ApiKey> keys = ledger_->api_keys->keys();
  for (ApiKey& key : keys) {
    if (key.id != wish.key.id) continue;
    if (wish.kind == LedgerWish::Kind::revoke) key.revoked = key.revoked != 0 ? key.revoked : now;
    else if (key.expires == 0 || wish.key.expires < key.expires) key.expires = wish.key.expires;
    else return false;   // keep() says so
    owed_keys_.push_back(key);
    renew(ledger_->revocations, std::make_shared<identity::ApiKeySet>(std::move(keys)));
    return true;
  }
  return false;
}

Answer LedgerBook::keep(LedgerWish& wish, WallNs now) {
  switch (wish.kind) {
    case LedgerWish::Kind::list_revocations: return list_revocations(wish);
    case LedgerWish::Kind::list_keys: return list_keys(now);
    case LedgerWish::Kind::add: return added(wish);
    case LedgerWish::Kind::remove: return removed(wish);
    case LedgerWish::Kind::create: return created(wish, now);
    case LedgerWish::Kind::expire:
    case LedgerWish::Kind::revoke: return changed(wish, now);
  }
  return json_error(500, "wish", "not known");
}

}  // namespace gatehouse::control
