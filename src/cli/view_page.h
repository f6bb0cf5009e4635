// A page of recorded exchanges for a browser on the reader's own machine: one file, no script, no network, everything escaped.
#pragma once

#include <string>

#include "cli/recorded.h"

namespace gatehouse::cli {

/// html_text is recorded text for a page, line ends kept: control, direction and hidden characters made visible, then & < > " '
/// as references. Nothing in it is markup, in an element or in a quoted attribute.
std::string html_text(ByteView text);

/// ViewPage is built exchange by exchange. Bodies are shown as far as `room` lasts, each up to kBodyShown bytes.
class ViewPage {
 public:
  static constexpr uint64_t kBodyShown = 256 * 1024;
  static constexpr uint64_t kRoom = uint64_t{32} << 20;

  explicit ViewPage(const RecordsPlace& place) : place_(place) {}
  void add(const ExchangeRecords& exchange);
  /// finish returns the whole page.
  std::string finish() const;

 private:
  void add_facts(const ExchangeRecords& exchange);
  void add_hits(const Recorded* record);
  void add_request(const ExchangeRecords& exchange);
  void add_answer(const ExchangeRecords& exchange);
  void add_changes(const ExchangeRecords& exchange);
  void add_end(const ExchangeRecords& exchange);
  void row(ByteView name, const std::string& text);

  const RecordsPlace& place_;
  std::string body_, contents_;
  uint64_t room_ = kRoom;
  size_t count_ = 0;
};

}  // namespace gatehouse::cli
