#include "mask/line_source.h"

namespace gatehouse::mask {

void OneDocument::start(const Task& task, uint64_t) {
  json_.prepare(*task.plan);
  json_.start(*task.editor, *task.plan, task.masks, task.leniency, task.around.place(), task.flows);
}

void LineSource::start(const Task& task, uint64_t) {
  task_ = task;
  json_.prepare(*task.plan);
  begun_ = false;
  number_ = 1;
}

bool LineSource::feed(uint64_t at, ByteView bytes) {
  while (!bytes.empty()) {
    const size_t lf = bytes.find('\n');
    ByteView line = bytes.substr(0, lf);
    const size_t length = line.size();
    if (!begun_) {
      const size_t first = line.find_first_not_of(" \t\r");
      line.remove_prefix(first == ByteView::npos ? line.size() : first);
      if (!line.empty()) {
        const Around around = task_.around.with("line \xff ", number_);
        json_.start(*task_.editor, *task_.plan, task_.masks, task_.leniency, around.place(), task_.flows, false, true);
        begun_ = true;
      }
    }
    if (!line.empty() && !json_.feed(at + (length - line.size()), line)) return false;
    if (lf == ByteView::npos) break;
    if (!end_line()) return false;
    at += length + 1;
    bytes.remove_prefix(length + 1);
    task_.editor->passed(at);
  }
  return true;
}

bool LineSource::end_line() {
  const bool good = !begun_ || json_.finish();
  begun_ = false;
  ++number_;
  return good;
}

bool LineSource::finish() { return end_line(); }

}  // namespace gatehouse::mask
