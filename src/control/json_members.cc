#include "control/json_members.h"

#include "telemetry/json_text.h"
#include "telemetry/log_line.h"

namespace gatehouse::control {

void add_text(std::string& out, ByteView name, ByteView value) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(name).append("\":\"");
  telemetry::append_json_text(out, value);
  out += '"';
}

void add_time(std::string& out, ByteView name, WallNs wall) {
  if (wall == 0) return;
  char time[telemetry::kTimeText];
  telemetry::format_time(wall, time);
  add_text(out, name, {time, sizeof time});
}

}  // namespace gatehouse::control
