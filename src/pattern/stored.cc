#include "pattern/stored.h"

#include <cstdlib>
#include <cstring>

#include "pattern/state.h"

namespace gatehouse::pattern {
namespace {

constexpr size_t kDigest = std::tuple_size_v<Digest>;

void put(std::string* out, uint64_t number, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>(number >> 8 * i));
}

void put(std::string* out, const Digest& digest) { out->append(reinterpret_cast<const char*>(digest.data()), kDigest); }

/// Reader takes bytes from the front; once they are too few it gives nothing more.
struct Reader {
  ByteView bytes;
  bool ok = true;

  ByteView take(uint64_t count) {
    if (!ok || count > bytes.size()) {
      ok = false;
      return {};
    }
    const ByteView taken = bytes.substr(0, count);
    bytes.remove_prefix(count);
    return taken;
  }
  uint64_t number(size_t count) {
    uint64_t value = 0;
    const ByteView taken = take(count);
    for (size_t i = taken.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(taken[i]);
    return value;
  }
};

Digest digest_of_patterns(std::span<const Pattern> patterns, DigestOf digest_of) {
  std::string all;
  put(&all, patterns.size(), 8);
  for (const Pattern& pattern : patterns) {
    put(&all, pattern.text.size(), 8);
    all += pattern.text;
    put(&all, pattern.id, 4);
    put(&all, (pattern.caseless ? 1u : 0u) | (pattern.bytes ? 2u : 0u), 1);
  }
  return digest_of(all);
}

/// What the processor lets the library do, and what it is tuned for.
uint64_t features() {
  hs_platform_info_t platform{};
  if (hs_populate_platform(&platform) != HS_SUCCESS) return 0;
  return platform.cpu_features << 8 ^ platform.tune;
}

std::string head_of(std::span<const Pattern> patterns, DigestOf digest_of) {
  std::string head(kStoredMagic, 8);
  put(&head, kStoredFormat, 4);
  put(&head, features(), 8);
  const ByteView library = hs_version();
  put(&head, library.size(), 4);
  head += library;
  put(&head, digest_of_patterns(patterns, digest_of));
  put(&head, patterns.size(), 4);
  return head;
}

}  // namespace

std::string Database::store(std::span<const Pattern> patterns, DigestOf digest_of) const {
  if (empty() || patterns.size() != state_->entries.size()) return {};
  std::string out = head_of(patterns, digest_of);
  for (const State::Entry& entry : state_->entries) {
    const bool confirmed = entry.confirmation.has_value();
    put(&out, static_cast<uint8_t>(entry.rung) | (confirmed ? 0x100u : 0u), 4);
  }
  char* bytes = nullptr;
  size_t length = 0;
  if (hs_serialize_database(state_->compiled, &bytes, &length) != HS_SUCCESS) return {};
  put(&out, length, 8);
  out.append(bytes, length);
  std::free(bytes);
  put(&out, digest_of(out));
  return out;
}

std::optional<Database> Database::restore(ByteView bytes, std::span<const Pattern> patterns, DigestOf digest_of) {
  if (bytes.size() < kDigest || patterns.empty()) return std::nullopt;
  const ByteView before = bytes.substr(0, bytes.size() - kDigest);
  const Digest digest = digest_of(before);
  if (std::memcmp(bytes.data() + before.size(), digest.data(), kDigest) != 0) return std::nullopt;
  const std::string head = head_of(patterns, digest_of);
  if (!before.starts_with(head)) return std::nullopt;
  Reader reader{before.substr(head.size())};
  auto state = std::make_unique<State>();
  for (const Pattern& pattern : patterns) {
    const uint64_t flags = reader.number(4);
    const uint64_t rung = flags & 0xff;
    if (!reader.ok || rung > static_cast<uint8_t>(Rung::bytes_approximate) || (flags & ~uint64_t{0x1ff}) != 0)
      return std::nullopt;
    auto entry = State::entry_of(pattern, static_cast<Rung>(rung), (flags & 0x100) != 0);
    if (!entry) return std::nullopt;
    state->confirms = state->confirms || entry->confirmation.has_value();
    state->entries.push_back(std::move(entry).value());
  }
  const ByteView compiled = reader.take(reader.number(8));
  if (!reader.ok || !reader.bytes.empty()) return std::nullopt;
  if (hs_deserialize_database(compiled.data(), compiled.size(), &state->compiled) != HS_SUCCESS) return std::nullopt;
  Database result;
  result.state_ = std::move(state);
  return result;
}

}  // namespace gatehouse::pattern
