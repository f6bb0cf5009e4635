// `gatehouse records rewrap`: somebody else may open records that are written already.
#include <cstdio>
#include <map>

#include "cli/recorded.h"
#include "cli/records_where.h"
#include "record/keys_file.h"
#include "record/rewrap.h"

namespace gatehouse::cli {
namespace {

struct RecordsRewrap {
  RecordsPlace place;
  std::string recipient;   // file of a public key
};

Result<record::KeyPublic, std::string> read_recipient(const std::string& file) {
  auto auditor = record::read_key_public(file, record::KeyUse::auditor);
  if (auditor) return auditor;
  auto operations = record::read_key_public(file, record::KeyUse::operations);
  return operations ? operations : auditor;
}

int rewrap(const RecordsRewrap& options) {
  const auto complain = [](int code, const std::string& text) {
    std::fprintf(stderr, "gatehouse: %s\n", display(text).c_str());
    return code;
  };
  if (options.place.keys == nullptr) return complain(kExitUsage, "with which key? give --key FILE, one that opens these records");
  const auto recipient = read_recipient(options.recipient);
  if (!recipient) return complain(kExitNoInput, recipient.error());
  const auto folder = record::open_folder(options.place.dir);
  if (!folder) return complain(kExitNoInput, folder.error());

  std::map<record::Rewrap, size_t> results;
  size_t failed = 0;
  for (const std::string& name : record::list_folder(*folder, record::kSegmentSuffix)) {
    const auto segment = record::read_segment_entry(*folder, name);
    const auto result = segment ? record::rewrap_segment(*folder, *segment, *options.place.keys, *recipient)
                                : Result<record::Rewrap, std::string>(Failure{name + " is no segment"});
    if (result) ++results[result.value()];
    else ++failed, complain(kExitIo, result.error());
  }
  using record::Rewrap;
  const record::KeyPublic& key = recipient.value();
  std::printf("%s key %s: %zu segments rewrapped, %zu opened before, %zu in clear, %zu that the given keys do not open, "
              "%zu failed\n",
              std::string(record::key_use_name(key.use)).c_str(), key.name.c_str(), results[Rewrap::done],
              results[Rewrap::already], results[Rewrap::in_clear], results[Rewrap::shut], failed);
  if (failed > 0) return kExitIo;
  return results[Rewrap::shut] > 0 ? kExitIo : flush_output();
}

}  // namespace

void add_rewrap(Command records) {
  auto options = std::make_shared<RecordsRewrap>();
  auto where = std::make_shared<Where>();
  const Command command = records.add_subcommand("rewrap", "Let somebody else open records that are written already");
  where->add_to(command);
  command.add_option("--for", options->recipient, "The public key of whoever may open them from now on", "FILE").required();
  command.footer(
      "Lays SEGMENT.rewrapped beside each segment, and changes nothing else. An auditor's key lets in anybody, an operations\n"
      "key lets in operations. A tenant's key is not touched: of his records whoever is let in needs it, too. Records that are\n"
      "still in a ring have no segment: do it again later. Exit code 74 when the given keys do not open every segment.\n\n"
      "Examples:\n"
      "  gatehouse records rewrap --dir copy/records --key ann.key --for max.key.pub");
  command.runs(with_place(options, where, rewrap));
}

}  // namespace gatehouse::cli
