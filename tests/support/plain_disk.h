// What a test may have the plain disk do before each of its operations.
#pragma once

namespace gatehouse::record {

/// before_operation returns the errno that the operation fails with, 0: it does not; it may wait, too. Always 0 unless a test links
/// another one (failing_disk.cc).
int before_operation(bool is_sync);

}  // namespace gatehouse::record
