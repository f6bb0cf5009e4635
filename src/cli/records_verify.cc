#include <algorithm>
#include <cstdio>

#include "cli/exit_code.h"
#include "cli/recorded.h"
#include "mask/map.h"
#include "record/keys_file.h"
#include "record/piece.h"
#include "record/verify.h"

namespace gatehouse::cli {
namespace {

using record::Verified;

/// A slice of a masked answer must undo: else what the service said cannot be shown any more. The map is of the body as it was
/// before it was compressed.
const char* look_at_map(const record::RecordView& record) {
  ByteView map;
  if (record.kind() != record::Kind::piece || !record::find_section(record.payload, record::Tag::mask_map, &map)) return nullptr;
  if (record.auditor == record::Seal::opened && record.operations != record::Seal::opened) return nullptr;
  std::string room, original;
  const record::Piece piece = record::read_piece(record.payload, &room);   // without a body: a mask may have taken all of it
  if (!piece.readable) return "the bytes that its mask map is of cannot be uncompressed";
  return mask::undo(piece.body, map, &original) ? nullptr : "the mask map does not fit the bytes beside it";
}

void print_json(const record::Damage& damage) {
  std::printf("{\"problem\":%s,\"change\":\"%s\",\"file\":%s,\"offset\":%llu,\"sequence\":%llu", quoted(damage.what).c_str(),
              std::string(record::change_name(damage.change)).c_str(), quoted(damage.file).c_str(),
              static_cast<unsigned long long>(damage.place), static_cast<unsigned long long>(damage.sequence));
  if (!damage.exchange.is_nil()) std::printf(",\"exchange_id\":\"%s\"", exchange_id_text(damage.exchange).c_str());
  std::puts("}");
}

/// tier_text says what was proved of one tier: never more than was opened.
std::string tier_text(const record::TierVerified& tier) {
  std::string text;
  const auto add = [&text](uint64_t count, const char* what) {
    if (count > 0) text += (text.empty() ? "" : "; ") + std::string(what) + ": " + std::to_string(count);
  };
  add(tier.opened, "proved");
  add(tier.no_key, "not proved (no key)");
  add(tier.failed, "not proved (not to be opened with what was given)");
  add(tier.in_clear, "not sealed");
  return text.empty() ? "nothing of this kind" : text;
}

std::string tenant_text(const record::TenantVerified& tenant) {
  std::string text;
  const auto add = [&text](uint64_t count, const char* what) {
    if (count > 0) text += (text.empty() ? "" : "; ") + std::string(what) + ": " + std::to_string(count);
  };
  add(tenant.opened, "proved");
  add(tenant.no_tenant_key, "not proved (no key of this tenant that sealed them; erased if it was destroyed)");
  add(tenant.no_key, "not proved (no key)");
  add(tenant.failed, "not proved (not to be opened with what was given)");
  return text;
}

std::string keys_text(const Verified& totals) {
  std::string text;
  for (const record::HeadKey& key : totals.signers)
    text += (text.empty() ? "" : ", ") + crypto::hex(crypto::sha256(view_of(std::span<const uint8_t>(key)))).substr(0, 16);
  return text;
}

std::string heads_text(const Verified& totals) {
  if (totals.signers.empty()) return "none: not proved against somebody who recomputes checksums and chain";
  std::string text = std::to_string(totals.heads) + "/" + std::to_string(totals.heads_expected) + ", signed by key " +
                     keys_text(totals);
  text += totals.heads_believed ? ", which was given" : ", which nobody vouches for: give --heads-key";
  if (totals.heads_witnessed > 0) text += "; a witness has " + std::to_string(totals.heads_witnessed) + " of them";
  return text;
}

std::string order_text(const Verified& totals) {
  const auto n = [](uint64_t count) { return std::to_string(count); };
  const uint64_t seen = totals.signed_records + totals.unsigned_records;   // pads too: the chain leads over them
  const std::string pads = seen > totals.records ? "; of all these " + n(seen - totals.records) + " pads" : "";
  if (totals.signers.empty())
    return "checked by checksums and chain: " + n(totals.unsigned_records) + " records, not signed" + pads;
  const std::string text = (totals.heads_believed ? "proved: " : "not proved (no heads key), as signed: ") +
                           n(totals.signed_records) + " records";
  return (totals.unsigned_records == 0 ? text : text + "; not signed: " + n(totals.unsigned_records)) + pads;
}

std::string contents_text(const Verified& totals) {
  if (totals.digested_bytes == 0) return "by checksums alone where they are not opened with a key";
  return std::string(totals.heads_believed ? "proved" : "as signed") + " by digests: " + std::to_string(totals.digested_bytes) +
         " bytes; by checksums alone: " + std::to_string(totals.undigested_bytes);
}

std::string range_text(const Verified& totals) {
  return totals.first == 0 ? "nothing" : record::format_time(totals.first) + " to " + record::format_time(totals.last);
}

void print_totals(const RecordsVerify& options, const Verified& totals) {
  const auto line = [](const char* name, const std::string& text) { std::printf("%-11s %s\n", name, display(text).c_str()); };
  for (const std::string& note : totals.notes) line("note", note);
  line("asked for", options.part ? "what is here of a copy" : "all that was recorded in " + options.place.dir);
  line("found", range_text(totals));
  std::printf("%llu records, %llu bytes, %llu exchanges (%llu still open), %llu epochs, %llu segments: %llu problems\n",
              static_cast<unsigned long long>(totals.records), static_cast<unsigned long long>(totals.bytes),
              static_cast<unsigned long long>(totals.exchanges), static_cast<unsigned long long>(totals.open),
              static_cast<unsigned long long>(totals.epochs), static_cast<unsigned long long>(totals.segments),
              static_cast<unsigned long long>(totals.problems));
  const uint64_t expected = options.part ? totals.segments : totals.segments_expected;
  line("segments",
       std::to_string(totals.segments) + "/" + std::to_string(expected) +
           (totals.segments_erased > 0 ? ", and " + std::to_string(totals.segments_erased) + " erased, as tombstones say" : ""));
  line("heads", heads_text(totals));
  line("order", order_text(totals));
  line("contents", contents_text(totals));
  line("operations", tier_text(totals.operations));
  line("auditor", tier_text(totals.auditor));
  for (const auto& [name, tenant] : totals.tenants) line("tenant", name + ": " + tenant_text(tenant));
  line("lost tail", totals.lost_records == 0
                        ? "none known"
                        : std::to_string(totals.lost_records) + " records, " + std::to_string(totals.lost_bytes) + " bytes");
  if (totals.decisions > 0)
    line("decisions", std::to_string(totals.decisions_bound) + "/" + std::to_string(totals.decisions) +
                          " name the request record that is here");
  if (totals.gaps > 0)
    line("gaps", std::to_string(totals.gap_records) + " records were never written, as " + std::to_string(totals.gaps) +
                     " gap records say");
}

void print_tier(const char* name, const record::TierVerified& tier) {
  std::printf(",\"%s\":{\"proved\":%llu,\"no_key\":%llu,\"failed\":%llu,\"not_sealed\":%llu}", name,
              static_cast<unsigned long long>(tier.opened), static_cast<unsigned long long>(tier.no_key),
              static_cast<unsigned long long>(tier.failed), static_cast<unsigned long long>(tier.in_clear));
}

void print_totals_json(const Verified& totals) {
  const std::pair<const char*, uint64_t> numbers[] = {
      {"records", totals.records}, {"bytes", totals.bytes}, {"exchanges", totals.exchanges}, {"open", totals.open},
      {"epochs", totals.epochs}, {"segments", totals.segments}, {"segments_expected", totals.segments_expected},
      {"segments_erased", totals.segments_erased}, {"heads", totals.heads}, {"heads_expected", totals.heads_expected},
      {"heads_witnessed", totals.heads_witnessed}, {"signed_records", totals.signed_records},
      {"unsigned_records", totals.unsigned_records}, {"digested_bytes", totals.digested_bytes},
      {"undigested_bytes", totals.undigested_bytes}, {"lost_records", totals.lost_records}, {"lost_bytes", totals.lost_bytes},
      {"decisions", totals.decisions},
      {"decisions_bound", totals.decisions_bound}, {"gaps", totals.gaps}, {"gap_records", totals.gap_records},
      {"tenants_unfollowed", totals.tenants_unfollowed},
      {"problems", totals.problems}};
  std::printf("{");
  for (const auto& [name, value] : numbers) std::printf("\"%s\":%llu,", name, static_cast<unsigned long long>(value));
  std::printf("\"first\":%s,\"last\":%s,\"heads_key_given\":%s,\"heads_keys\":[",
              quoted(totals.first ? record::format_time(totals.first) : "").c_str(),
              quoted(totals.last ? record::format_time(totals.last) : "").c_str(), totals.heads_believed ? "true" : "false");
  for (size_t i = 0; i < totals.signers.size(); ++i)
    std::printf("%s\"%s\"", i > 0 ? "," : "", crypto::hex(totals.signers[i]).c_str());
  std::printf("]");
  print_tier("operations", totals.operations);
  print_tier("auditor", totals.auditor);
  std::printf(",\"tenants\":{");
  const char* between = "";
  for (const auto& [name, tenant] : totals.tenants) {
    std::printf("%s%s:{\"proved\":%llu,\"no_tenant_key\":%llu,\"no_key\":%llu,\"failed\":%llu}", between, quoted(name).c_str(),
                static_cast<unsigned long long>(tenant.opened), static_cast<unsigned long long>(tenant.no_tenant_key),
                static_cast<unsigned long long>(tenant.no_key), static_cast<unsigned long long>(tenant.failed));
    between = ",";
  }
  std::printf("},\"notes\":[");
  for (size_t i = 0; i < totals.notes.size(); ++i) std::printf("%s%s", i > 0 ? "," : "", quoted(totals.notes[i]).c_str());
  std::puts("]}");
}

/// add_key takes a public key in; a secret one of the configuration stands for its public half.
bool add_key(const std::string& file, bool may_be_secret, std::vector<record::HeadKey>* keys) {
  if (may_be_secret)
    if (const auto secret = record::read_key_secret(file); secret && secret->use == record::KeyUse::heads) {
      keys->push_back(record::public_half(*secret).bytes);
      return true;
    }
  const auto key = record::read_key_public(may_be_secret ? file + record::kPublicSuffix : file, record::KeyUse::heads);
  if (key) {
    keys->push_back(key->bytes);
    return true;
  }
  std::fprintf(stderr, "gatehouse: %s%s\n", display(key.error()).c_str(), may_be_secret ? "; give --heads-key" : "");
  return false;
}

}  // namespace

int records_verify(const RecordsVerify& options) {
  record::VerifyOptions wanted;
  wanted.dir = options.place.dir;
  wanted.ring_dir = options.place.ring_dir;
  wanted.part = options.part;
  wanted.keys = options.place.keys.get();
  wanted.witnesses = options.witnesses;
  for (const std::string& file : options.heads_keys)
    if (!add_key(file, false, &wanted.heads_keys)) return kExitNoInput;
  if (options.heads_keys.empty() && !options.place.heads_key_file.empty() &&
      !add_key(options.place.heads_key_file, true, &wanted.heads_keys))
    return kExitNoInput;
  if (options.explain) return records_explain(options, wanted.heads_keys);
  wanted.problem = [&](const record::Damage& damage) {
    if (options.json) print_json(damage);
    else std::printf("%s\n", damage_text(damage).c_str());
  };
  wanted.look = look_at_map;
  const auto totals = record::verify(wanted);
  if (!totals) {
    std::fprintf(stderr, "gatehouse: %s\n", display(totals.error()).c_str());
    return kExitNoInput;
  }
  if (options.json) print_totals_json(*totals);
  else print_totals(options, *totals);
  const int written = flush_output();
  return totals->problems > 0 || totals->tenants_unfollowed > 0 ? kExitIo : written;   // not all that was asked for is proved
}

}  // namespace gatehouse::cli
