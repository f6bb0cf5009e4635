#include "cli/export_cursor.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>

#include "crypto/digest.h"

namespace gatehouse::cli {
namespace {

constexpr ByteView kFirstLine = "gatehouse-export-cursor-1\n";

std::string checksum(ByteView text) {
  char line[24];
  std::snprintf(line, sizeof line, "crc32c %08x\n", crypto::crc32c(text));
  return line;
}

/// take_number reads decimal digits up to a blank or the line's end, without a leading zero.
bool take_number(ByteView& line, uint64_t most, uint64_t* number) {
  const ByteView word = line.substr(0, line.find(' '));
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *number);
  if (word.empty() || error != std::errc() || end != word.data() + word.size() || *number > most) return false;
  if (word.size() > 1 && word[0] == '0') return false;
  line.remove_prefix(std::min(word.size() + 1, line.size()));
  return true;
}

bool take_line(ByteView line, CursorPlaces* places) {
  if (line.size() <= kExchangeIdText || line[kExchangeIdText] != ' ' || line.back() == ' ') return false;
  const auto process = parse_exchange_id(line.substr(0, kExchangeIdText));
  line.remove_prefix(kExchangeIdText + 1);
  uint64_t worker = 0, ended = 0;
  CursorPlace place;
  if (!process || !take_number(line, record::kWorkerMax - 1, &worker) || !take_number(line, UINT64_MAX, &place.resume) ||
      !take_number(line, UINT64_MAX, &place.done) || !take_number(line, 1, &ended) || !line.empty() || place.resume > place.done)
    return false;
  place.ended = ended == 1;
  return places->emplace(record::Epoch{*process, static_cast<uint32_t>(worker)}, place).second;
}

}  // namespace

std::string format_cursor(const CursorPlaces& places) {
  std::string text(kFirstLine);
  for (const auto& [epoch, place] : places) {
    std::string process(kExchangeIdText, '\0');
    format_exchange_id(epoch.process, process.data());
    text += process + ' ' + std::to_string(epoch.worker) + ' ' + std::to_string(place.resume) + ' ' + std::to_string(place.done) +
            (place.ended ? " 1\n" : " 0\n");
  }
  return text + checksum(text);
}

Result<CursorPlaces, std::string> parse_cursor(ByteView text) {
  if (text.size() > kCursorBytesMax || !text.starts_with(kFirstLine)) return Failure<std::string>{"is no cursor of an export"};
  constexpr size_t kChecksum = 16;   // bytes of the last line
  if (text.size() < kFirstLine.size() + kChecksum ||
      text.substr(text.size() - kChecksum) != checksum(text.substr(0, text.size() - kChecksum)))
    return Failure<std::string>{"is damaged: its checksum does not fit"};
  ByteView rest = text.substr(kFirstLine.size(), text.size() - kFirstLine.size() - kChecksum);
  CursorPlaces places;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    if (end == ByteView::npos || !take_line(rest.substr(0, end), &places))
      return Failure<std::string>{"has a line that is none of a cursor"};
    rest.remove_prefix(end + 1);
  }
  return places;
}

Result<CursorFile, std::string> CursorFile::open(const std::string& path) {
  const std::filesystem::path whole(path);
  const std::string parent = whole.parent_path().empty() ? "." : whole.parent_path().string();
  CursorFile file;
  file.name_ = whole.filename().string();
  auto folder = record::open_folder(parent);
  if (!folder) return Failure{folder.error()};
  file.folder_ = std::move(*folder);
  auto lock = record::lock_folder(file.folder_, parent, file.name_ + ".lock");
  if (!lock) return Failure<std::string>{"another export uses " + path};
  file.lock_ = std::move(*lock);
  uint64_t bytes = 0;
  errno = 0;
  const record::Descriptor old = record::open_regular(file.folder_, file.name_, false, &bytes);
  if (!old.valid()) {
    if (errno == ENOENT) return file;
    return Failure{record::failure("read", path, errno == 0 ? EINVAL : errno)};
  }
  if (bytes > kCursorBytesMax) return Failure{path + " is no cursor of an export"};
  std::string text(bytes, '\0');
  text.resize(record::read_at(old, 0, text));
  auto places = parse_cursor(text);
  if (!places) return Failure{path + " " + places.error()};
  file.places_ = std::move(*places);
  return file;
}

Result<Done, std::string> CursorFile::save(const CursorPlaces& places) {
  if (places == places_) return Done{};
  const std::string fresh = name_ + ".new", text = format_cursor(places);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
  const record::Descriptor file(::openat(folder_.get(), fresh.c_str(), kFlags, 0600));
  int error = file.valid() ? record::write_at(file, 0, text) : errno;
  if (error == 0 && ::fsync(file.get()) != 0) error = errno;
  if (error == 0 && ::renameat(folder_.get(), fresh.c_str(), folder_.get(), name_.c_str()) != 0) error = errno;
  if (error == 0) error = record::sync_folder(folder_);
  if (error != 0) return Failure{record::failure("write cursor", name_, error)};
  places_ = places;
  return Done{};
}

}  // namespace gatehouse::cli
