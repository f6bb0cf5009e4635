// /livez, /readyz and /metrics.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "control/http_server.h"

namespace gatehouse::control {

/// Check is one line of /readyz?verbose. Names and details are ours: no text of a request.
struct Check {
  std::string name;
  bool good = true;
  std::string detail;  // why not, or what is noteworthy
};

/// Health is the state when asked. `live` depends on nothing outside the process.
struct Health {
  bool live = true;
  std::vector<Check> checks;  // ready: all of them are good
  bool ready() const;
};

/// answer_health answers GET and HEAD of the three paths; anything else is 404 or 405.
Answer answer_health(const Request& request, const Health& health, const std::function<std::string()>& metrics);

}  // namespace gatehouse::control
