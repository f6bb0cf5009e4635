#include "record/tier.h"

#include <array>

namespace gatehouse::record {
namespace {

// By code, so that an append looks a section's tier up in one load. What is in neither list is clear.
constexpr Tag kAuditor[] = {Tag::client_head, Tag::origin_head, Tag::origin_answer_head, Tag::mask_map, Tag::body_digest};
constexpr Tag kOperations[] = {Tag::path,           Tag::client_answer_head, Tag::client_body_digest, Tag::guard_place,
                               Tag::guard_evidence, Tag::approval_note,      Tag::mask_notes,         Tag::erased_secret,
                               Tag::body,           Tag::piece_digest};
constexpr Tag kWho[] = {Tag::client_address,     Tag::proxy_address,    Tag::issuer,          Tag::subject,
                        Tag::group,              Tag::token_id,         Tag::token_digest,    Tag::certificate_digest,
                        Tag::certificate_serial, Tag::certificate_name, Tag::claim,           Tag::approval_by,
                        Tag::issued_token_id,    Tag::issued_token_digest, Tag::key_id,     Tag::identity_digest};

using Table = std::array<Tier, 256>;

constexpr Table table(Sealed sealed) {
  Table tiers{};
  for (const Tag tag : kAuditor) tiers[static_cast<size_t>(tag)] = Tier::auditor;
  for (const Tag tag : kOperations) tiers[static_cast<size_t>(tag)] = Tier::operations;
  if (sealed == Sealed::all)
    for (const Tag tag : kWho) tiers[static_cast<size_t>(tag)] = Tier::operations;
  return tiers;
}

constexpr Table kContent = table(Sealed::content), kAll = table(Sealed::all);

}  // namespace

Tier tier_of(Tag tag, Direction direction, Sealed sealed) {
  const size_t code = static_cast<size_t>(tag);
  const bool asked = direction == Direction::request || direction == Direction::content;   // what the job sent
  if (asked && (tag == Tag::body || tag == Tag::piece_digest)) return Tier::auditor;
  if (code >= kContent.size()) return Tier::clear;
  return sealed == Sealed::all ? kAll[code] : kContent[code];
}

}  // namespace gatehouse::record
