// What the ledger's book answers to wishes.
#include "control/json_members.h"
#include "control/ledger_book.h"
#include "crypto/digest.h"
#include "telemetry/json_text.h"

namespace gatehouse::control {
namespace {

using identity::ApiKey;
using identity::Revocation;

constexpr int64_t kPage = 2000;   // revocations in one answer

std::string key_json(const ApiKey& key, WallNs now, ByteView text = {}) {
  std::string out = "{";
  add_text(out, "id", key.id);
  if (!text.empty()) add_text(out, "key", text);
  const Reason reason = identity::standing(key, now);
  add_text(out, "state", reason == Reason::none ? "good" : reason == Reason::token_revoked ? "revoked" : "expired");
  add_text(out, "name", key.name);
  out += ",\"groups\":[";
  for (size_t i = 0; i < key.groups.size(); ++i) {
    out += i == 0 ? "\"" : ",\"";
    telemetry::append_json_text(out, key.groups[i]);
    out += '"';
  }
  out += ']';
  add_time(out, "made", key.made);
  add_text(out, "by", key.by);
  add_text(out, "digest", crypto::hex(key.digest));
  add_time(out, "expires", key.expires);
  add_time(out, "revoked", key.revoked);
  return out += '}';
}

/// not_kept: it is in force, and will be gone after a restart.
Answer not_kept(const std::string& why) {
  return json_error(500, "not_kept", "it is in force now, but could not be written and would be gone after a restart: " + why);
}

}  // namespace

Answer LedgerBook::list_revocations(const LedgerWish& wish) {
  Answer answer;
  answer.body = "{\"revocations\":[";
  Revocation last;
  int64_t count = 0;
  const int64_t what = wish.from_start ? 0 : static_cast<int64_t>(wish.after.what);
  const auto asked = store_.each(
      "SELECT what, issuer, value, ends, made, who, note FROM revocations WHERE (what, issuer, value) > (?, ?, ?)"
      " ORDER BY what, issuer, value LIMIT ?", {what, wish.after.issuer, wish.after.value, kPage + 1}, [&](const store::Row& row) {
        if (++count > kPage) return false;
        last.what = static_cast<identity::Revoked>(row.integer(0));
        last.issuer = row.text(1);
        last.value = row.text(2);
        std::string out = "{";
        add_text(out, "what", identity::revoked_name(last.what));
        if (!last.issuer.empty()) add_text(out, "issuer", last.issuer);
        add_text(out, "value", last.value);
        add_time(out, "ends", static_cast<WallNs>(row.integer(3)));
        if (const ByteView note = row.text(6); !note.empty()) add_text(out, "note", note);
        add_time(out, "made", static_cast<WallNs>(row.integer(4)));
        add_text(out, "by", row.text(5));
        answer.body.append(count == 1 ? "" : ",\n ").append(out).append("}");
        return true;
      });
  if (!asked) return json_error(500, "store", asked.error());
  answer.body += "],\"total\":" + std::to_string(ledger_->revocations->size());
  if (count > kPage) answer.body += ",\"next\":\"" + cursor_of(last) + "\"";
  answer.body += "}\n";
  return answer;
}

Answer LedgerBook::list_keys(WallNs now) const {
  Answer answer;
  answer.body = "[";
  for (const ApiKey& key : ledger_->api_keys->keys()) {
    if (answer.body.size() > 1) answer.body += ",\n ";
    answer.body += key_json(key, now);
  }
  answer.body += "]\n";
  return answer;
}

Answer LedgerBook::added(const LedgerWish& wish) {
  if (!wish.revocations.empty() && wish.revocations.front().made == 0)   // enforce() had no room
    return json_error(409, "full", "there are " + std::to_string(ledger_->revocations->size()) + " revocations; " +
                                       std::to_string(identity::kRevocationsMax) + " may be in force: nothing was added");
  if (auto kept = keep_owed(); !kept) return not_kept(kept.error());
  Answer answer;
  answer.body = "{\"in_force\":" + std::to_string(wish.revocations.size()) +
                ",\"total\":" + std::to_string(ledger_->revocations->size()) + "}\n";
  return answer;
}

Answer LedgerBook::removed(const LedgerWish& wish) {
  if (auto kept = keep_owed(); !kept) return json_error(500, "store", kept.error());
  Seal seal = revocations_;
  size_t count = 0;
  const auto kept = store_.all_or_none([&]() -> Outcome {
    for (const Revocation& one : wish.revocations) {
      const auto gone = take_out(one, seal);
      if (!gone) return Failure{gone.error()};
      count += *gone ? 1 : 0;
    }
    return write_seal(seal);
  });
  if (!kept) return json_error(500, "store", kept.error());
  if (auto read = read_revocations(); !read) return json_error(500, "store", read.error());
  if (count == 0) return json_error(404, "unknown", "there is no such revocation");
  Answer answer;
  answer.body = "{\"removed\":" + std::to_string(count) + ",\"total\":" + std::to_string(ledger_->revocations->size()) + "}\n";
  return answer;
}

// On the disk first: a key that nobody keeps is no key.
Answer LedgerBook::created(LedgerWish& wish, WallNs now) {
  if (wish.key.expires != 0 && wish.key.expires <= now) return json_error(409, "expired", "it would have expired already");
  if (ledger_->api_keys->keys().size() >= identity::kApiKeysMax)
    if (auto dropped = drop_ended(now); !dropped) return json_error(500, "store", dropped.error());
  if (ledger_->api_keys->keys().size() >= identity::kApiKeysMax)
    return json_error(409, "full", "there are as many API keys as there may be");
  std::array<uint8_t, 10> id{};
  std::array<uint8_t, 32> secret{};
  crypto::random_bytes({reinterpret_cast<char*>(id.data()), id.size()});
  crypto::random_bytes({reinterpret_cast<char*>(secret.data()), secret.size()});
  ApiKey key = wish.key;
  key.id = wish.key.id = identity::api_key_id(id);
  key.made = now;
  key.by = wish.by;
  const std::string text = identity::api_key_text(key.id, secret);
  secret.fill(0);
  key.digest = crypto::sha256(text);
  owed_keys_.push_back(key);
  if (auto kept = keep_owed(); !kept) {
    owed_keys_.pop_back();
    return json_error(500, "store", kept.error());
  }
  std::vector<ApiKey> keys = ledger_->api_keys->keys();
  keys.push_back(key);
  renew(ledger_->revocations, std::make_shared<identity::ApiKeySet>(std::move(keys)));
  Answer answer;
  answer.body = key_json(key, now, text) + "\n";
  return answer;
}

Answer LedgerBook::changed(const LedgerWish& wish, WallNs now) {
  const ApiKey* key = ledger_->api_keys->find(wish.key.id);
  if (key == nullptr) return json_error(404, "unknown", "there is no API key with this id");
  if (auto kept = keep_owed(); !kept) return not_kept(kept.error());
  if (wish.kind == LedgerWish::Kind::expire && key->expires != wish.key.expires)
    return json_error(409, "later", "it expires before that already: an end can only be brought forward");
  Answer answer;
  answer.body = key_json(*key, now) + "\n";
  return answer;
}

}  // namespace gatehouse::control
