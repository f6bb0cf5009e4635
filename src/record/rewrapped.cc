#include "record/rewrapped.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "crypto/digest.h"

namespace gatehouse::record {
namespace {

using Header = gatehouse_rewrapped_header;
constexpr size_t kBytesMax = 64 * 1024;
constexpr size_t kCovered = offsetof(Header, header_crc);

ByteView covered(const Header& header) { return {reinterpret_cast<const char*>(&header), kCovered}; }

}  // namespace

KeysRecord Rewrapped::keys() const { return parse_keys(row).value_or(KeysRecord{}); }

Result<Rewrapped, std::string> parse_rewrapped(ByteView bytes) {
  Header header;
  if (bytes.size() < sizeof header || bytes.size() > kBytesMax) return Failure{std::string("is not of a size that it can have")};
  std::memcpy(&header, bytes.data(), sizeof header);
  const ByteView row = bytes.substr(sizeof header);
  const auto is_zero = [](uint8_t byte) { return byte == 0; };
  if (header.magic != GATEHOUSE_REWRAPPED_MAGIC || header.layout != GATEHOUSE_RECORD_LAYOUT ||
      header.header_bytes != sizeof header ||
      !std::all_of(std::begin(header.reserved), std::end(header.reserved), is_zero) || header.worker >= kWorkerMax ||
      header.header_crc != crypto::crc32c(covered(header)))
    return Failure{std::string("has no header that can be read")};
  if (header.payload_bytes != row.size() || header.payload_crc != crypto::crc32c(row) || !parse_keys(row))
    return Failure{std::string("is damaged")};
  return Rewrapped{{id_of(header.process), header.worker}, header.index, std::string(row)};
}

Result<Rewrapped, NotRewrapped> read_rewrapped(const Descriptor& folder, const std::string& segment) {
  const std::string name = segment + kRewrappedSuffix;
  uint64_t size = 0;
  const Descriptor file = open_regular(folder, name, false, &size);
  if (!file.valid()) return Failure{NotRewrapped{errno != ENOENT, failure("open", name, errno)}};
  std::string bytes(std::min<uint64_t>(size, kBytesMax + 1), '\0');
  bytes.resize(read_at(file, 0, bytes));
  auto read = parse_rewrapped(bytes);
  if (!read) return Failure{NotRewrapped{true, name + " " + read.error()}};
  return std::move(*read);
}

Result<Rewrapped, NotRewrapped> rewrapped_of(const Descriptor& folder, const std::string& segment, const Epoch& epoch,
                                             uint32_t key_epoch) {
  auto read = read_rewrapped(folder, segment);
  if (!read || (read->epoch == epoch && read->key_epoch() == key_epoch)) return read;
  return Failure{NotRewrapped{true, segment + kRewrappedSuffix + " is of another segment"}};
}

Result<Done, std::string> write_rewrapped(const Descriptor& folder, const std::string& segment, const Rewrapped& rewrapped) {
  Header header{};
  header.magic = GATEHOUSE_REWRAPPED_MAGIC;
  header.layout = GATEHOUSE_RECORD_LAYOUT;
  header.header_bytes = sizeof header;
  put_id(rewrapped.epoch.process, header.process);
  header.worker = rewrapped.epoch.worker;
  header.index = rewrapped.index;
  header.payload_bytes = static_cast<uint32_t>(rewrapped.row.size());
  header.payload_crc = crypto::crc32c(rewrapped.row);
  header.header_crc = crypto::crc32c(covered(header));
  const std::string bytes = std::string(reinterpret_cast<const char*>(&header), sizeof header) + rewrapped.row;
  if (bytes.size() > kBytesMax) return Failure{std::string("too many recipients for one segment")};

  const std::string name = segment + kRewrappedSuffix, fresh = name + ".new";
  ::unlinkat(folder.get(), fresh.c_str(), 0);
  const Descriptor file(::openat(folder.get(), fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.valid()) return Failure{failure("create", fresh, errno)};
  int error = write_at(file, 0, bytes);
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::renameat(folder.get(), fresh.c_str(), folder.get(), name.c_str()) != 0) error = errno;
  if (error == 0) error = sync_folder(folder);
  if (error == 0) return Done{};
  ::unlinkat(folder.get(), fresh.c_str(), 0);
  return Failure{failure("write", name, error)};
}

}  // namespace gatehouse::record
