#include "record/sealing.h"

#include <algorithm>

#include "base/assert.h"
#include "crypto/digest.h"
#include "crypto/gcm.h"
#include "record/keys_record.h"

namespace gatehouse::record {
namespace {

ByteSpan span_of(KeyBytes& bytes) { return {reinterpret_cast<char*>(bytes.data()), bytes.size()}; }
ByteView view(const KeyBytes& bytes) { return view_of(std::span<const uint8_t>(bytes)); }

}  // namespace

Sealer::Sealer(const Epoch& epoch, const Sealing& sealing, uint32_t ahead)
    : epoch_(epoch), sealing_(sealing), operations_(std::make_unique<crypto::GcmSealer>()),
      auditor_(std::make_unique<crypto::GcmSealer>()), sets_(ahead) {
  GH_ASSERT(sealing.on() && sealing.recipients.size() <= kRecipientsMax && ahead > 0);
  prepare();
  keys_bytes_ = round_up(kHeaderBytes + sets_[0].payload.size(), 8);   // the same each time
}

Sealer::~Sealer() {
  for (Set& set : sets_) {
    crypto::wipe(span_of(set.operations));
    crypto::wipe(span_of(set.auditor));
  }
  crypto::wipe(span_of(operations_key_));
  crypto::wipe(span_of(auditor_key_));
}

void Sealer::prepare() {
  while (wants_keys()) {
    const uint32_t made = made_.load(std::memory_order_relaxed);
    make(made + 1, sets_[made % sets_.size()]);
    made_.store(made + 1, std::memory_order_release);
  }
}

void Sealer::make(uint32_t key_epoch, Set& set) const {
  crypto::random_bytes(span_of(set.operations));
  crypto::random_bytes(span_of(set.auditor));
  const SegmentKeys keys{crypto::Secret(view(set.operations)), crypto::Secret(view(set.auditor))};
  set.payload.clear();
  put_key_epoch(&set.payload, key_epoch);
  for (const KeyPublic& recipient : sealing_.recipients) wrap_keys(&set.payload, recipient, epoch_, key_epoch, keys);
}

void Sealer::take() {
  GH_ASSERT(has_next());
  const uint32_t taken = key_epoch();
  Set& set = sets_[taken % sets_.size()];
  operations_->rekey(view(set.operations));
  auditor_->rekey(view(set.auditor));
  operations_key_ = set.operations;
  auditor_key_ = set.auditor;
  tenants_.clear();   // their ciphers wipe themselves
  crypto::wipe(span_of(set.operations));
  crypto::wipe(span_of(set.auditor));
  taken_.store(taken + 1, std::memory_order_release);
}

Sealer::Pair& Sealer::pair_of(const TenantKey& tenant) {
  auto found = std::find_if(tenants_.begin(), tenants_.end(), [&](const Pair& pair) { return pair.digest == tenant.digest; });
  if (found == tenants_.end()) {
    if (tenants_.size() == kTenantSlots) tenants_.pop_back();
    Pair pair{tenant.digest, std::make_unique<crypto::GcmSealer>(), std::make_unique<crypto::GcmSealer>()};
    for (const Tier tier : {Tier::operations, Tier::auditor}) {
      const bool audit = tier == Tier::auditor;
      KeyBytes key = tenant_segment_key(view(audit ? auditor_key_ : operations_key_), tenant.secret, tier);
      (audit ? pair.auditor : pair.operations)->rekey(view(key));
      crypto::wipe(span_of(key));
    }
    found = tenants_.insert(tenants_.end(), std::move(pair));
  }
  std::iter_swap(tenants_.begin(), found);   // the next record is his, too, as a rule
  return tenants_.front();
}

crypto::GcmSealer& Sealer::begin(Tier tier, uint64_t sequence, const TenantKey* tenant) {
  GH_ASSERT(key_epoch() != 0 && tier != Tier::clear);
  const Pair* const own = tenant == nullptr ? nullptr : &pair_of(*tenant);
  crypto::GcmSealer& sealer = tier == Tier::auditor ? *(own == nullptr ? auditor_ : own->auditor)
                                                    : *(own == nullptr ? operations_ : own->operations);
  sealer.begin(seal_nonce(tier, sequence));
  return sealer;
}

std::array<uint8_t, 12> seal_nonce(Tier tier, uint64_t sequence) {
  std::array<uint8_t, 12> nonce;
  const auto number = static_cast<uint32_t>(tier);
  static_assert(static_cast<uint32_t>(Tier::operations) == 1 && static_cast<uint32_t>(Tier::auditor) == 2);
  std::memcpy(nonce.data(), &sequence, sizeof sequence);
  std::memcpy(nonce.data() + sizeof sequence, &number, sizeof number);
  return nonce;
}

std::array<char, GATEHOUSE_RECORD_CHAINED_BYTES> sealed_header(const RecordHeader& header) {
  RecordHeader copy = header;
  std::memset(copy.tag, 0, sizeof copy.tag);
  copy.payload_crc = 0;
  std::array<char, GATEHOUSE_RECORD_CHAINED_BYTES> bytes;
  std::memcpy(bytes.data(), &copy, bytes.size());
  return bytes;
}

}  // namespace gatehouse::record
