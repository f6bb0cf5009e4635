// Where exported events go: standard output, a file, or a collector on this host.
#pragma once

#include <memory>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace gatehouse::cli {

/// ExportSink takes whole lines (or one request's body). After flush() they are where they belong: the cursor may move on.
class ExportSink {
 public:
  virtual ~ExportSink() = default;
  virtual Result<Done, std::string> put(ByteView bytes) = 0;
  virtual Result<Done, std::string> flush() = 0;
};

std::unique_ptr<ExportSink> stdout_sink();

/// file_sink appends to a file (0600). What stands behind its last line end is the line that an export was killed in: it is cut
/// off, and comes again. Refused: links, what is no plain file.
Result<std::unique_ptr<ExportSink>, std::string> file_sink(const std::string& path);

/// post_sink sends each put() as one POST of JSON, and wants an answer 2xx within ten seconds. `url` is http:// to a loopback
/// address; a collector elsewhere is fed by a local one, which does TLS.
Result<std::unique_ptr<ExportSink>, std::string> post_sink(const std::string& url);

/// PostPlace is a checked URL. Pure.
struct PostPlace {
  std::string host;    // "127.0.0.1", "::1"
  uint16_t port = 0;
  std::string path;
};
Result<PostPlace, std::string> post_place(ByteView url);

}  // namespace gatehouse::cli
