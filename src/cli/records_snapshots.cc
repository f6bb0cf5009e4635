#include <cstdio>

#include "cli/exit_code.h"
#include "cli/recorded.h"

namespace gatehouse::cli {
namespace {

using record::Stream;
using record::Tag;

void print(const Recorded& record) {
  record::SectionReader sections(record.payload);
  Tag tag;
  ByteView value;
  std::printf("%s  %s\n", record::format_time(record.wall).c_str(), display(record.file).c_str());
  while (sections.next(&tag, &value))
    std::printf("    %s%s: %s\n", tag == Tag::alert ? "! " : "", std::string(record::tag_name(tag)).c_str(),
                section_text(tag, value).c_str());
}

}  // namespace

int records_snapshots(const RecordsSnapshots& options) {
  const auto reader = open_records(options.place);
  if (reader == nullptr) return kExitNoInput;
  for (Stream::Step step = reader->next(); step != Stream::Step::end; step = reader->next()) {
    if (step != Stream::Step::record || reader->record().kind() != record::Kind::snapshot) continue;
    const record::RecordView& view = reader->record();
    Recorded record{view.kind(), view.header.wall_ns, view.header.sequence, std::string(view.file), view.place};
    record.payload = view.payload;
    if (options.json)
      std::printf("{\"time\":\"%s\",\"file\":%s,\"sections\":%s}\n", record::format_time(record.wall).c_str(),
                  quoted(record.file).c_str(), sections_json(record).c_str());
    else
      print(record);
  }
  return flush_output();
}

}  // namespace gatehouse::cli
