// A configuration that weakens what is recorded or guarded, as an event: beside those of exchanges.
#pragma once

#include <string>

#include "cli/export_event.h"

namespace gatehouse::cli {

/// is_alert: a snapshot's record with an alert in it.
bool is_alert(const record::RecordView& record);

/// append_alert writes one as a line: `event` has seen the snapshot's record, its id is nil. Every worker records a snapshot, so
/// that it comes once of each; alert_id (OCSF: metadata.uid) is the same in all of them.
void append_alert(std::string& out, const Event& event, ExportForm form);

}  // namespace gatehouse::cli
