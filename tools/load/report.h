// A finished run as a table for people and as JSON (report.schema.json).
#pragma once

#include <string>
#include <vector>

#include "load/verdict.h"

namespace gatehouse::load {

/// table and json say the same; json also holds the histogram.
std::string table(const Run& run, const Figures& figures, const std::vector<Expectation>& expectations,
                  const std::string& why_forbidden);
std::string json(const Run& run, const std::string& url, const Figures& figures,
                 const std::vector<Expectation>& expectations, uint32_t forbidden_seen, int exit_code);

/// live_line is one line of the live view.
std::string live_line(const Run& run);

}  // namespace gatehouse::load
