// Tables as texts have them: one row in each of the forms that masks read.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::mask {

using Row = std::vector<std::string>;

inline std::string joined(const Row& cells, const std::string& begin, const std::string& between, const std::string& end) {
  std::string out = begin;
  for (size_t i = 0; i < cells.size(); ++i) out += (i == 0 ? "" : between) + cells[i];
  return out + end;
}

/// Written is a form: a row as a line of it, and the line below a head, if it has one.
struct Written {
  const char* name;
  std::function<std::string(const Row&)> line;
  std::string rule{};
};

/// The forms whose cells may hold commas.
inline const Written kForms[] = {
    {"bars", [](const Row& c) { return joined(c, "| ", " | ", " |\n"); }, "|---|---|:-:|---|---|\n"},
    {"bars between", [](const Row& c) { return joined(c, "", " | ", "\n"); }, "---|---|---|---|---\n"},
    {"quoted", [](const Row& c) { return joined(c, "\"", "\",\"", "\"\n"); }},
    {"semicolons", [](const Row& c) { return joined(c, "", ";", "\r\n"); }},
    {"tabs", [](const Row& c) { return joined(c, "", "\t", "\n"); }},
};

}  // namespace gatehouse::mask
