// What check_bulk says of a body is what a plain reader of its lines says.
#include <string>

#include "base/assert.h"
#include "guard/bulk.h"
#include "tests/fuzz/plant.h"
#include "tests/support/padded.h"
#include "tests/support/plain_json.h"

using namespace gatehouse;
using Wrong = guard::BulkCheck::Wrong;

namespace {

constexpr guard::BulkRules kRules{2, 12, false};

struct Plain {
  Wrong wrong = Wrong::none;   // unread lines are malformed
  uint64_t line = 0;
};

Plain read(ByteView body) {
  uint64_t number = 0, deletes = 0;
  bool document = false, update = false;
  if (body.empty()) return {Wrong::malformed, 1};
  while (!body.empty()) {
    const size_t end = body.find('\n');
    ByteView line = body.substr(0, end);
    body.remove_prefix(end == ByteView::npos ? body.size() : end + 1);
    if (end != ByteView::npos && !line.empty() && line.back() == '\r') line.remove_suffix(1);
    ++number;
    const testing::PlainJson json(line);
    if (line.find('\r') != ByteView::npos || !json.ok() || json.shape()[0] != '{') return {Wrong::malformed, number};
    std::string action;
    bool script = false, named = false;
    for (const testing::Leaf& leaf : json.leaves()) {
      if (leaf.kind == 'k' && leaf.place == "/" + leaf.text) action = leaf.text, script |= action == "script";
      named |= leaf.place == "/delete/_id" && (leaf.kind == 'n' || (leaf.kind == 's' && leaf.length != 0));
    }
    if (document) {
      if (number > kRules.lines_max) return {Wrong::too_many_lines, number};
      if (update && script) return {Wrong::script, number};
      document = false;
      continue;
    }
    const std::string& shape = json.shape();
    const bool plain = shape.size() >= 4 && shape[1] == '{' && shape.find_first_not_of("snl", 2) == shape.size() - 2;
    if (!plain || (action != "index" && action != "create" && action != "update" && action != "delete"))
      return {Wrong::malformed, number};
    if (number > kRules.lines_max) return {Wrong::too_many_lines, number};
    document = action != "delete";
    update = action == "update";
    if (document) continue;
    if (++deletes > kRules.deletes_max) return {Wrong::erase, number};
    if (!named) return {Wrong::erase_unnamed, number};
  }
  return document ? Plain{Wrong::malformed, number + 1} : Plain{};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static json::Document document;
  const ByteView body(reinterpret_cast<const char*>(data), size);
  const testing::Padded padded(body);
  guard::BulkCheck check = guard::check_bulk(padded.view(), kRules, document);
  PLANT(if (check.wrong == Wrong::malformed && check.line == 2 && body.find("}\r\n") != ByteView::npos) check.wrong = Wrong::none);
  const Plain plain = read(body);
  const bool unread = check.wrong == Wrong::malformed || check.wrong == Wrong::duplicate_key || check.wrong == Wrong::too_deep;
  GH_ASSERT(plain.wrong == (unread ? Wrong::malformed : check.wrong));
  GH_ASSERT(plain.line == check.line);
  GH_ASSERT(check.deletes <= kRules.deletes_max + 1);
  return 0;
}
