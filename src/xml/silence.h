// Inside xml/: libxml2 made ready and quiet.
#pragma once

namespace gatehouse::xml {

/// silence readies the library (once in a process) and keeps it from printing on this thread. Cheap: call it before each use.
void silence();

}  // namespace gatehouse::xml
