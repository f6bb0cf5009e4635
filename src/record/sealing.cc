#include "record/sealing.h"

#include "base/assert.h"
#include "crypto/digest.h"
#include "crypto/gcm.h"
#include "record/keys_record.h"

namespace gatehouse::record {
namespace {

ByteSpan span_of(KeyBytes& bytes) { return {reinterpret_cast<char*>(bytes.data()), bytes.size()}; }
ByteView view(const KeyBytes& bytes) { return view_of(std::span<const uint8_t>(bytes)); }

}  // namespace

Sealer::Sealer(const Epoch& epoch, const Sealing& sealing)
    : epoch_(epoch), sealing_(sealing), operations_(std::make_unique<crypto::GcmSealer>()),
      auditor_(std::make_unique<crypto::GcmSealer>()) {
  GH_ASSERT(sealing.on() && sealing.recipients.size() <= kRecipientsMax);
  prepare();   // sizes are the same each time
  keys_bytes_ = round_up(kHeaderBytes + payload_.size(), 8);
}

Sealer::~Sealer() {
  crypto::wipe(span_of(next_operations_));
  crypto::wipe(span_of(next_auditor_));
}

void Sealer::prepare() {
  if (!wants_keys()) return;
  crypto::random_bytes(span_of(next_operations_));
  crypto::random_bytes(span_of(next_auditor_));
  SegmentKeys keys{crypto::Secret(view(next_operations_)), crypto::Secret(view(next_auditor_))};
  ++prepared_;
  payload_.clear();
  put_key_epoch(&payload_, prepared_);
  for (const KeyPublic& recipient : sealing_.recipients) wrap_keys(&payload_, recipient, epoch_, prepared_, keys);
  ready_.store(true, std::memory_order_release);
}

void Sealer::take() {
  GH_ASSERT(has_next());
  operations_->rekey(view(next_operations_));
  auditor_->rekey(view(next_auditor_));
  crypto::wipe(span_of(next_operations_));
  crypto::wipe(span_of(next_auditor_));
  ++key_epoch_;   // the sets come in their order
  ready_.store(false, std::memory_order_release);
}

crypto::GcmSealer& Sealer::begin(Tier tier, uint64_t sequence) {
  GH_ASSERT(key_epoch_ != 0 && tier != Tier::clear);
  crypto::GcmSealer& sealer = tier == Tier::auditor ? *auditor_ : *operations_;
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
