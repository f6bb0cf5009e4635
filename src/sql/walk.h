// From the parser's tree, or from tokens alone, to a verdict.
#pragma once

#include "sql/condition.h"
#include "sql/scan.h"
#include "sql/tree.h"

namespace gatehouse::sql {

/// Room is the memory of classify(), kept from one text to the next.
struct Room {
  std::string text, older;
  Tree tree;
};

Verdict classify(ByteView text, const Limits& limits, Room& memory);

/// may_go_on tells of a text beyond the limits whether it can be a statement, by its first bytes: the parser reads from left to
/// right, and what it refuses there is refused whatever follows. False is certain for what PostgreSQL would read. Bounded time.
bool may_go_on(ByteView text, const Limits& limits, Room& memory);

/// judge_tree fills a verdict from a parse.
void judge_tree(const Tree& tree, size_t text_bytes, const Limits& limits, Verdict* out);

/// judge_tokens fills a verdict for a text that did not parse: never complete, but for a query of ES|QL, which only reads.
void judge_tokens(ByteView text, Verdict* out);

}  // namespace gatehouse::sql
