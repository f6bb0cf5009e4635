#include <algorithm>

#include "sql/newer.h"
#include "sql/tables.h"
#include "sql/walk.h"

namespace gatehouse::sql {
namespace {

bool is_blank(ByteView text) {
  Lexer lexer(text);
  Token token = lexer.next();
  while (token.kind == Kind::semicolon) token = lexer.next();
  return token.kind == Kind::end && !lexer.ambiguous();
}

bool explains(ByteView text) {
  const Token first = Lexer(text).next();
  return first.kind == Kind::word && is_word(text.substr(first.begin, first.length), "EXPLAIN");
}

/// What MySQL would read on behind `--x`, of a text that reads: a file that is written, a listed function.
bool goes_on(ByteView rest) {
  Lexer lexer(rest);
  ByteView word;
  for (Token token = lexer.next(); token.kind != Kind::end; token = lexer.next()) {
    const ByteView raw = rest.substr(token.begin, token.length);
    if (is_word(raw, "INTO")) return true;
    if (token.kind == Kind::open && !word.empty() && function_meaning({}, folded(word)).flags != 0) return true;
    word = token.kind == Kind::word ? raw : ByteView();
  }
  return false;
}

void refuse(Verdict* out, uint32_t flags) {
  out->effect = Effect::unknown;
  out->complete = false;
  out->flags |= flags;
}

/// The parser stopped at a word that the end of `front`, which may have cut one, has no part in.
bool stops_early(const std::string& front, Tree& tree) {
  constexpr size_t kCut = 64;   // longer words are names, whatever their end is
  return !tree.parse(front) && tree.wrong_at() != Tree::kNowhere && tree.wrong_at() + kCut < front.size();
}

/// A table that is made in the place of another drops it; which of several statements does so does not matter.
void note_replacing(Verdict* out) {
  out->flags |= kDrop;
  for (Statement& each : out->statements)
    if (each.effect == Effect::schema) each.flags |= kDrop;
}

/// MERGE ... WHEN NOT MATCHED BY SOURCE, as the parser of 17 tells of it.
void note_by_source(Verdict* out) {
  out->flags |= kUnbounded;
  for (Statement& each : out->statements)
    if ((each.flags & kMerge) != 0) each.flags |= kUnbounded;
}

}  // namespace

bool may_go_on(ByteView text, const Limits& limits, Room& memory) {
  constexpr size_t kFront = 1024;
  size_t end = std::min(text.size(), kFront);
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  const ByteView front = text.substr(0, end);
  const Scan found = scan(front, limits);
  if (found.too_complex || found.unreadable) return true;
  memory.text.assign(front);
  if (!stops_early(memory.text, memory.tree)) return true;
  const bool other = found.foreign || replaces_table(front);
  if (other) rewrite(front, &memory.text);   // as classify() would
  if (other && !stops_early(memory.text, memory.tree)) return true;
  Newer newer;
  if (!write_for_older(other ? ByteView(memory.text) : front, &memory.older, &newer)) return false;
  return !stops_early(memory.older, memory.tree);
}

Verdict classify(ByteView text, const Limits& limits) {
  Room memory;
  return classify(text, limits, memory);
}

Verdict classify(ByteView text, const Limits& limits, Room& memory) {
  Verdict verdict;
  if (text.size() > limits.slow_bytes) verdict.flags |= kSlow;
  if (text.size() <= limits.bytes && is_blank(text)) return verdict;
  const Scan found = scan(text, limits);
  if (found.too_complex) {
    refuse(&verdict, kTooComplex);
    return verdict;
  }
  bool parsed = false, two_readings = false;
  Newer newer;
  if (!found.broken) {
    memory.text.assign(text);
    parsed = !found.backtick && memory.tree.parse(memory.text);
    two_readings = parsed && found.odd_space;
    const bool other = !parsed && (found.foreign || replaces_table(text));
    if (other) {
      rewrite(text, &memory.text);
      parsed = memory.tree.parse(memory.text);
      if (parsed) verdict.flags |= kRewritten;
    }
    if (!parsed && write_for_older(other ? ByteView(memory.text) : text, &memory.older, &newer)) {
      memory.text.swap(memory.older);
      parsed = memory.tree.parse(memory.text);
      if (parsed) verdict.flags |= kRewritten;
    }
  }
  if (parsed) judge_tree(memory.tree, text.size(), limits, &verdict);
  if (parsed && verdict.has(kRewritten) && replaces_table(text)) note_replacing(&verdict);
  if (parsed && newer.by_source) note_by_source(&verdict);
  if (parsed && newer.hidden) verdict.complete = false;
  if (!parsed) judge_tokens(text, &verdict);
  if (found.markup) verdict.complete = false;
  const bool hidden = found.runs_on_after_close && verdict.effect == Effect::read && !explains(text);
  if (parsed && (found.runs_on || hidden)) two_readings = true;
  if (found.tight != Lexer::kNowhere) two_readings |= verdict.effect != Effect::read || goes_on(text.substr(found.tight));
  if (found.ambiguous || two_readings) refuse(&verdict, kAmbiguous);
  return verdict;
}

const char* name_of(Effect effect) {
  switch (effect) {
    case Effect::read: return "read";
    case Effect::write: return "write";
    case Effect::schema: return "schema";
    case Effect::privilege: return "privilege";
    case Effect::unknown: return "unknown";
  }
  return "unknown";
}

}  // namespace gatehouse::sql
