#include "sql/ranges.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "sql/scan.h"
#include "sql/terms.h"
#include "sql/words.h"

namespace gatehouse::sql {
namespace {

constexpr uint32_t kNone = Tree::kNone;
constexpr long double kInfinity = std::numeric_limits<long double>::infinity();
constexpr long double kLeastAbove0 = std::numeric_limits<long double>::min();
constexpr long double kInt32 = 2147483647.0L, kInt64 = 9223372036854775807.0L;

struct Function {
  ByteView name;
  long double low, high;
};

constexpr Function kFunctions[] = {
    {"length", 0, kInfinity}, {"char_length", 0, kInfinity}, {"character_length", 0, kInfinity}, {"octet_length", 0, kInfinity},
    {"bit_length", 0, kInfinity}, {"len", 0, kInfinity}, {"datalength", 0, kInfinity}, {"byte_length", 0, kInfinity},
    {"bit_count", 0, kInfinity}, {"array_length", 1, kInfinity}, {"array_ndims", 1, kInfinity}, {"array_upper", 0, kInfinity},
    {"cardinality", 0, kInfinity}, {"array_size", 0, kInfinity}, {"size", 0, kInfinity}, {"jsonb_array_length", 0, kInfinity},
    {"json_array_length", 0, kInfinity}, {"json_length", 0, kInfinity}, {"count", 0, kInfinity},
    {"strpos", 0, kInfinity}, {"position", 0, kInfinity}, {"instr", 0, kInfinity},
    {"locate", 0, kInfinity}, {"charindex", 0, kInfinity}, {"array_position", 1, kInfinity}, {"regexp_count", 0, kInfinity},
    {"ascii", 0, 1114111}, {"unicode", 0, 1114111}, {"pg_column_size", 1, kInfinity}, {"get_byte", 0, 255}, {"get_bit", 0, 1},
    {"vector_dims", 1, kInfinity}, {"vector_norm", 0, kInfinity}, {"l2_norm", 0, kInfinity}, {"l2_distance", 0, kInfinity},
    {"l1_distance", 0, kInfinity}, {"cosine_distance", 0, 2}, {"cosine_similarity", -1, 1}, {"hamming_distance", 0, kInfinity},
    {"jaccard_distance", 0, 1}, {"similarity", 0, 1}, {"word_similarity", 0, 1}, {"strict_word_similarity", 0, 1},
    {"levenshtein", 0, kInfinity}, {"levenshtein_less_equal", 0, kInfinity}, {"difference", 0, 4}, {"ts_rank", 0, kInfinity},
    {"ts_rank_cd", 0, kInfinity}, {"st_distance", 0, kInfinity}, {"st_area", 0, kInfinity}, {"st_length", 0, kInfinity},
    {"sqrt", 0, kInfinity}, {"square", 0, kInfinity}, {"exp", kLeastAbove0, kInfinity},
    {"sin", -1, 1}, {"cos", -1, 1}, {"tanh", -1, 1}, {"acos", 0, 4}, {"cosh", 1, kInfinity}, {"random", 0, 1}, {"rand", 0, 1},
    {"hashtext", -kInt32 - 1, kInt32}, {"hashtextextended", -kInt64 - 1, kInt64}, {"crc32", 0, 4294967295.0L},
    {"year", 1, 294276}, {"month", 1, 12}, {"day", 1, 31}, {"dayofmonth", 1, 31}, {"dayofweek", 0, 7}, {"weekday", 0, 6},
    {"dayofyear", 1, 366}, {"quarter", 1, 4}, {"week", 0, 53}, {"weekofyear", 1, 53}, {"hour", 0, 23}, {"minute", 0, 59},
    {"second", 0, 60}};

/// Fields of extract() and date_part(), besides those that are functions' names above.
constexpr Function kFields[] = {{"dow", 0, 6}, {"isodow", 1, 7}, {"doy", 1, 366}, {"isoyear", 1, 294276}, {"century", 1, 2943},
                                {"decade", 0, 29428}, {"millennium", 1, 295}, {"milliseconds", 0, 60000},
                                {"microseconds", 0, 60000000}};

/// Columns that each table has.
constexpr Function kColumns[] = {{"ctid", 1, 281474976710654.0L}, {"oid", 1, kInfinity}, {"xmin", 1, kInfinity},
                                 {"xmax", 0, kInfinity}, {"cmin", 0, kInfinity}, {"cmax", 0, kInfinity}};

// What gives another value each time, and what makes another one of it each time.
constexpr ByteView kFresh[] = {"gen_random_uuid", "uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "uuidv4", "uuidv7",
                               "uuid", "uuid_string", "generate_uuid", "newid", "sys_guid", "random", "rand", "random_normal",
                               "gen_random_bytes", "nextval", "clock_timestamp", "timeofday"};   // now() is a transaction's
constexpr ByteView kStaysFresh[] = {"md5", "sha224", "sha256", "sha384", "sha512", "digest", "encode", "decode", "concat", "upper",
                                    "lower", "replace", "to_hex"};
constexpr ByteView kFreshTypes[] = {"text", "varchar", "bpchar", "uuid", "timestamp", "timestamptz", "bytea"};

// What these can be goes by the values that they are given: another text of the same shape is another case.
constexpr ByteView kByValues[] = {"power", "pow", "left", "right", "repeat", "substr", "substring",
                                    "array_length"};

constexpr ByteView kKinds[] = {"ColumnRef", "A_Expr", "FuncCall", "TypeCast", "MinMaxExpr", "CoalesceExpr", "CaseExpr", "SubLink"};

template <size_t N>
const Function* function_of(ByteView name, const Function (&list)[N]) {
  const auto found = std::find_if(std::begin(list), std::end(list), [&](const Function& each) { return each.name == name; });
  return found == std::end(list) ? nullptr : &*found;
}

Value number_value(long double number) {
  Value value;
  value.number = number;
  return value;
}

Value text_value(std::string text) {
  Value value;
  value.rank = Value::Rank::text;
  value.text = std::move(text);
  return value;
}

Range between(long double low, long double high) {
  Range range;
  if (low > -kInfinity) range.low = number_value(low);
  if (high < kInfinity) range.high = number_value(high);
  return range;
}

/// All texts that begin so.
Range beginning(const std::string& text) {
  Range range;
  range.low = text_value(text);
  range.high = text_value(text + "\xff\xff\xff\xff");
  return range;
}

bool is_number(const std::optional<Value>& value) {
  return value && value->rank != Value::Rank::text && value->text.empty() && std::isfinite(value->number);
}
long double low_of(const Range& range) { return is_number(range.low) ? range.low->number : -kInfinity; }
long double high_of(const Range& range) { return is_number(range.high) ? range.high->number : kInfinity; }

Range magnitude_of(const Range& range) {
  const long double low = low_of(range), high = high_of(range);
  if (low >= 0) return range;
  return high <= 0 ? between(-high, -low) : between(0, std::max(-low, high));
}

long double sign_of(long double number) { return number > 0 ? 1 : number < 0 ? -1 : 0; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// '(7,1)', an address of a row, as one number.
bool address_of(ByteView text, long double* out) {
  if (text.size() < 5 || text.front() != '(' || text.back() != ')') return false;
  uint64_t block = 0, offset = 0;
  const char* const end = text.data() + text.size() - 1;
  auto read = std::from_chars(text.data() + 1, end, block);
  if (read.ec != std::errc() || read.ptr == end || *read.ptr != ',') return false;
  read = std::from_chars(read.ptr + 1, end, offset);
  *out = static_cast<long double>(block) * 65536 + static_cast<long double>(offset);
  return read.ec == std::errc() && read.ptr == end && offset < 65536;
}

/// A date before all, or after all, that anybody writes: '4713-01-01 BC', '294276-12-31'.
Value::Rank rank_of_date(ByteView text) {
  size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits < 4 || digits + 6 > text.size()) return Value::Rank::text;
  const ByteView rest = text.substr(digits);   // -12-31
  for (size_t i = 0; i < 6; ++i)
    if (i % 3 == 0 ? rest[i] != '-' : !is_digit(rest[i])) return Value::Rank::text;
  if (text.ends_with("BC") || text.ends_with("bc")) return Value::Rank::lowest;
  int year = 0;
  std::from_chars(text.data(), text.data() + digits, year);
  if (year <= kFirstYear || text.starts_with("1970-01-01")) return Value::Rank::lowest;
  return digits > 4 || year >= kLastYear ? Value::Rank::highest : Value::Rank::text;
}

Value::Rank rank_of_number(long double number) {
  if (std::isnan(number) || number == kInt32 || number >= kInt64) return Value::Rank::highest;
  return number == -kInt32 - 1 || number <= -kInt64 ? Value::Rank::lowest : Value::Rank::number;
}

/// Reads what a text or a number says, without memory: false for a text that is no number.
bool number_of(ByteView text, long double* out) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, *out);
  if (read.ec == std::errc::result_out_of_range && read.ptr == end) {   // 1e9999, or next to nothing
    const bool small = text.find("e-") != ByteView::npos || text.find("E-") != ByteView::npos;
    *out = small ? 0 : text.starts_with('-') ? -kInfinity : kInfinity;
    return true;
  }
  if (text.empty() || read.ec != std::errc() || read.ptr != end) return false;
  return !std::isnan(*out) || text == "NaN";   // in small letters it is what some programs write into texts
}

/// A whole number less than 0, which libpg_query 15 leaves out of its tree as it does 0, read from the text: -5, - 5, -(5). What
/// cannot be read so is less than all.
long double below_0(const Tree& tree, uint32_t constant) {
  const ByteView text = tree.behind(constant);
  if (!text.starts_with('-')) return 0;
  const ByteView rest = text.substr(1);
  Lexer lexer(rest);
  Token token = lexer.next();
  while (token.kind == Kind::open || token.kind == Kind::operation) token = lexer.next();
  long double number = 0;
  const bool read = token.kind == Kind::number && number_of(rest.substr(token.begin, token.length), &number);
  return read ? -number : -kInfinity;
}

/// A constant that ends its type, or the text that all texts begin with.
bool is_end(const Tree& tree, uint32_t constant) {
  const uint32_t held = tree.first(constant), inside = tree.first(held);   // {"ival": {"ival": 5}, "location": 7}
  if (held == kNone) return false;
  const ByteView kind = tree[held].key, value = inside == kNone ? ByteView() : tree[inside].value;
  long double number = 0;
  if (kind == "ival" && !value.empty())
    return value.size() >= 10 && number_of(value, &number) && rank_of_number(number) != Value::Rank::number;
  if (kind == "ival") return rank_of_number(below_0(tree, constant)) != Value::Rank::number;
  if (kind == "fval") return !number_of(value, &number) || rank_of_number(number) != Value::Rank::number;
  if (kind != "sval") return false;
  if (value.empty()) return true;
  return number_of(value, &number) ? rank_of_number(number) != Value::Rank::number : rank_of_date(value) != Value::Rank::text;
}

/// True or false, as a number 1 or 0.
bool is_condition(const Tree& tree, uint32_t node) {
  const ByteView kind = tree[node].key;
  if (kind == "BoolExpr" || kind == "NullTest" || kind == "BooleanTest") return true;
  if (kind != "A_Expr") return false;
  const ByteView how = tree.text(node, "kind");
  const std::string name = unescaped(operator_of(tree, node));
  if (how != "AEXPR_OP") return how != "AEXPR_NULLIF";
  return name == "=" || name == "<>" || name == "<" || name == "<=" || name == ">" || name == ">=";
}

}  // namespace

bool Value::operator<(const Value& other) const {
  if (rank != other.rank) return rank < other.rank;
  return number != other.number ? number < other.number : text < other.text;
}

bool value_of(const Tree& tree, uint32_t node, Value* out) {
  const uint32_t constant = tree.child(node, "A_Const");
  if (constant == kNone) return false;
  *out = {};
  const uint32_t whole = tree.child(constant, "ival"), other = tree.child(constant, "fval"), text = tree.child(constant, "sval");
  if (whole == kNone && other == kNone && text == kNone) return false;
  bool read = true;
  if (whole != kNone) {
    const ByteView digits = tree.text(whole, "ival");
    if (digits.empty()) out->number = below_0(tree, constant);
    else read = number_of(digits, &out->number);
  } else {
    std::string said = unescaped(other != kNone ? tree.text(other, "fval") : tree.text(text, "sval"));
    read = number_of(said, &out->number) || address_of(said, &out->number);
    (read ? out->written : out->text) = std::move(said);
  }
  if (!read) {
    out->number = 0;
    out->rank = rank_of_date(out->text);
    return text != kNone;
  }
  out->rank = rank_of_number(out->number);
  if (std::isnan(out->number)) out->number = kInfinity, out->text = "nan";   // after all
  return true;
}

bool below(const Value& value, const Value& low) {
  if (value.rank == low.rank || value.is_end()) return value < low;
  return low.rank == Value::Rank::text && value.rank == Value::Rank::number && value.written < low.text;
}

bool above(const Value& value, const Value& high) {
  if (value.rank == high.rank || value.is_end()) return high < value;
  return high.rank == Value::Rank::text && value.rank == Value::Rank::number && high.text < value.written;
}

const Range* Ranges::find(uint32_t kind) const {
  const auto behind = [](const Known& each, uint32_t at) { return each.node > at; };
  const auto found = std::lower_bound(known_.begin(), known_.end(), kind, behind);
  return found != known_.end() && found->node == kind ? &found->range : nullptr;
}

Range Ranges::of(const Tree& tree, uint32_t node) const {
  if (node == kNone) return {};
  node = bare(tree, node);
  Value value;
  if (value_of(tree, node, &value)) {
    Range range;
    range.low = value;
    range.high = std::move(value);
    return range;
  }
  const uint32_t kind = tree.first(node);
  const Range* const known = kind == kNone ? nullptr : find(kind);
  if (known != nullptr) return *known;
  return kind != kNone && is_condition(tree, kind) ? between(0, 1) : Range();
}

bool Ranges::fresh(const Tree& tree, uint32_t node) const {
  const uint32_t kind = tree.first(node);
  const Range* const known = kind == kNone ? nullptr : find(kind);
  return known != nullptr && known->fresh;
}

bool Ranges::read(const Tree& tree, uint32_t at, ByteView row) {
  known_.clear();
  bool ends = false;
  for (uint32_t i = tree[at].end; i-- > at;) {   // what a term is made of stands behind it
    if (!tree[i].is_kind()) continue;
    if (tree[i].key == "A_Const") {
      ends |= is_end(tree, i);
      continue;
    }
    if (!among(tree[i].key, kKinds)) continue;
    ends |= tree[i].key == "FuncCall" && among(last_function(tree, i), kByValues);
    Range range = of_kind(tree, i, row);
    if (range.low || range.high || range.fresh) known_.push_back({i, std::move(range)});
  }
  return ends || !known_.empty();
}

Range Ranges::of_kind(const Tree& tree, uint32_t node, ByteView row) const {
  const ByteView kind = tree[node].key;
  if (kind == "FuncCall") return of_call(tree, node, row);
  if (kind == "A_Expr") return of_operator(tree, node);
  if (kind == "CaseExpr") return of_case(tree, node);
  const uint32_t list = tree.child(node, "args");
  if (kind == "SubLink" && tree.text(node, "subLinkType") == "EXPR_SUBLINK") {   // (SELECT count(*) ...)
    const uint32_t targets = tree.child(tree.child(tree.child(node, "subselect"), "SelectStmt"), "targetList");
    const uint32_t value = tree.child(tree.child(tree.first(targets), "ResTarget"), "val");
    return value == kNone ? Range() : of(tree, value);
  }
  if (kind == "MinMaxExpr") return of_list(tree, list, tree.text(node, "op") != "IS_LEAST");
  if (kind == "CoalesceExpr") {   // no column is null
    uint32_t first = tree.first(list);
    while (first != kNone && tree.is_true(tree.child(bare(tree, first), "A_Const"), "isnull")) first = tree.next(first);
    return first == kNone ? Range() : of(tree, first);
  }
  Range range;
  if (kind == "TypeCast") {
    const uint32_t inner = tree.child(node, "arg");
    range.fresh = inner != kNone && fresh(tree, inner) && among(last_type(tree, node), kFreshTypes);
  } else if (kind == "ColumnRef") {
    const ByteView name = last_name(tree, node);
    if (!name.empty() && name == row && is_alone(tree, node)) return beginning("(");   // as a text
    if (name.size() < 3 || name.size() > 4) return range;
    if (const Function* const known = function_of(folded(name), kColumns)) return between(known->low, known->high);
  }
  return range;
}

bool Ranges::any_fresh(const Tree& tree, uint32_t list) const {
  for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i))
    if (fresh(tree, i)) return true;
  return false;
}

Range Ranges::of_call(const Tree& tree, uint32_t node, ByteView row) const {
  const std::string name = folded(last_function(tree, node));
  const uint32_t list = tree.child(node, "args"), first = list == kNone ? kNone : tree.first(list);
  const uint32_t second = first == kNone ? kNone : tree.next(first);
  Range range;
  if (name == "extract" || name == "date_part") {
    const std::string field = folded(tree.text(tree.child(tree.child(first, "A_Const"), "sval"), "sval"));
    if (const Function* const known = function_of(field, kFields)) return between(known->low, known->high);
    const Function* const known = function_of(field, kFunctions);
    return known != nullptr ? between(known->low, known->high) : range;
  }
  if (name == "greatest" || name == "least" || name == "max" || name == "min")   // of other dialects
    return of_list(tree, list, name == "greatest" || name == "max");
  if (is_if(tree, node) || name == "nvl2" || name == "decode") return of_choice(tree, list, name == "decode");
  if (name == "num_nulls" || name == "num_nonnulls") return between(0, count(tree, list));
  Value dimension;
  const bool rows = name == "array_length" && second != kNone && value_of(tree, second, &dimension) && dimension.number == 1;
  if ((rows || name == "cardinality") && first != kNone && members_of(tree, bare(tree, first)) != kNone) {
    const uint32_t many = count(tree, members_of(tree, bare(tree, first)));
    if (many > 0 || !rows) return between(many, many);   // an empty array has no length
  }
  if (name == "ifnull" || name == "nvl" || name == "isnull") return of(tree, first);
  if (name == "md5") {
    range.low = text_value(std::string(32, '0'));
    range.high = text_value(std::string(32, 'f'));
  } else if (name == "abs") {
    range = magnitude_of(of(tree, first));
  } else if (name == "sign") {
    const Range inner = of(tree, first);
    range = between(sign_of(low_of(inner)), sign_of(high_of(inner)));
  } else if (name == "mod") {
    const Range by = of(tree, second);
    if (low_of(by) == high_of(by) && low_of(by) > 0) range = between(0, high_of(by) - 1);
  } else if (name == "power" || name == "pow") {
    const Range to = of(tree, second);
    if (low_of(to) == high_of(to) && std::fmod(low_of(to), 2.0L) == 0) range = between(0, kInfinity);
  } else if (name == "substr" || name == "substring") {
    const uint32_t count = second == kNone ? kNone : tree.next(second);
    const Range length = of(tree, count);
    if (low_of(length) == 0 && high_of(length) == 0) range.low = range.high = text_value("");
  } else if (name == "left" || name == "right" || name == "repeat") {
    const Range count = of(tree, second);
    if (low_of(count) == 0 && high_of(count) == 0) range.low = range.high = text_value("");
  } else if (name == "concat") {
    const uint32_t text = first == kNone ? kNone : tree.child(tree.child(bare(tree, first), "A_Const"), "sval");
    if (text != kNone && !tree.text(text, "sval").empty()) range = beginning(unescaped(tree.text(text, "sval")));
  } else if (name == "to_jsonb" || name == "to_json" || name == "row_to_json") {
    const uint32_t column = first == kNone ? kNone : tree.child(first, "ColumnRef");
    if (column != kNone && is_alone(tree, column) && last_name(tree, column) == row) range = beginning("{\"");
  } else if (const Function* const known = function_of(name, kFunctions)) {
    range = between(known->low, known->high);
    const Range text = name.ends_with("length") ? of(tree, first) : Range();
    if (text.low && text.high && !text.low->text.empty()) {   // md5's and the like
      const auto shortest = static_cast<long double>(text.low->text.size());
      range = between(shortest, text.low->text.size() == text.high->text.size() ? shortest : kInfinity);
    }
  }
  range.fresh = among(name, kFresh) || (among(name, kStaysFresh) && any_fresh(tree, list));
  return range;
}

Range Ranges::of_operator(const Tree& tree, uint32_t node) const {
  const ByteView kind = tree.text(node, "kind");
  const uint32_t left = tree.child(node, "lexpr"), right = tree.child(node, "rexpr");
  if (kind == "AEXPR_NULLIF") return of(tree, left);
  if (kind != "AEXPR_OP" || right == kNone) return {};
  const std::string name = unescaped(operator_of(tree, node));
  if (name == "||") {
    Range joined;
    joined.fresh = fresh(tree, right) || (left != kNone && fresh(tree, left));
    return joined;
  }
  if (name == "@") return magnitude_of(of(tree, right));
  if (name == "|/" || name == "<->" || name == "<+>") return between(0, kInfinity);   // roots, distances
  if (name == "<=>") return between(0, 1);   // the distance of directions; MySQL's =
  if (name.size() != 1 || ByteView("+-*/%&^").find(name[0]) == ByteView::npos) return {};
  const Range one = of(tree, left), other = of(tree, right);
  const long double low = low_of(one), high = high_of(one), by_low = low_of(other), by_high = high_of(other);
  Range range;
  if (left == kNone) return name == "-" ? between(-by_high, -by_low) : name == "+" ? other : range;
  const bool constant = by_low == by_high;
  switch (name[0]) {
    case '+': range = between(low + by_low, high + by_high); break;
    case '-': range = between(low - by_high, high - by_low); break;
    case '%': if (constant && by_low > 0) range = between(0, by_low - 1); break;   // keys are not negative
    case '&':
      if (constant && by_low >= 0) range = between(0, by_low);
      else if (low == high && low >= 0) range = between(0, low);
      break;
    case '^': if (constant && std::fmod(by_low, 2.0L) == 0) range = between(0, kInfinity); break;
    case '/': if (constant && by_low > 0) range = between(low / by_low, high / by_low); break;
    default:
      if (tree.same(bare(tree, left), bare(tree, right))) range = between(0, kInfinity);
      else if (low >= 0 && by_low >= 0) range = between(low * by_low, high == 0 || by_high == 0 ? 0 : high * by_high);
      else if (constant && by_low > 0) range = between(low * by_low, high * by_low);
      else if (low == high && low > 0) range = between(low * by_low, low * by_high);
  }
  range.fresh = (name == "+" || name == "-") && (fresh(tree, left) || fresh(tree, right));
  return range;
}

Range Ranges::of_list(const Tree& tree, uint32_t list, bool greatest) const {
  Range out;
  bool first = true;
  for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i), first = false) {
    Range range = of(tree, i);
    if (!greatest) std::swap(range.low, range.high), std::swap(out.low, out.high);
    const auto further = [&](const Value& a, const Value& b) { return greatest ? b < a : a < b; };
    if (range.low && (!out.low || further(*range.low, *out.low))) out.low = range.low;   // one is enough
    if (first) out.high = range.high;
    else if (!range.high || !out.high) out.high.reset();
    else if (further(*range.high, *out.high)) out.high = range.high;
    if (!greatest) std::swap(out.low, out.high);
  }
  return out;
}

Range Ranges::either(const Range& one, const Range& other) {
  Range out;
  if (one.low && other.low) out.low = std::min(*one.low, *other.low);
  if (one.high && other.high) out.high = std::max(*one.high, *other.high);
  return out;
}

/// IF(condition, a, b) and its like; DECODE(x, 1, a, 2, b, c).
Range Ranges::of_choice(const Tree& tree, uint32_t list, bool pairs) const {
  const uint32_t many = count(tree, list);
  if (many < 3 || (pairs && many % 2 != 0)) return {};   // NULL otherwise
  Range out = of(tree, member(tree, list, many - 1));
  uint32_t index = 0;
  for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i), ++index)
    if (pairs ? index % 2 == 0 && index > 0 : index == 1) out = either(out, of(tree, i));
  return out;
}

/// All that its branches give; NULL, when there is no ELSE, is compared with nothing.
Range Ranges::of_case(const Tree& tree, uint32_t node) const {
  const uint32_t otherwise = tree.child(node, "defresult"), list = tree.child(node, "args");
  if (otherwise == kNone) return {};
  Range out = of(tree, otherwise);
  for (uint32_t i = tree.first(list); i != kNone; i = tree.next(i))
    out = either(out, of(tree, tree.child(tree.child(i, "CaseWhen"), "result")));
  return out;
}

}  // namespace gatehouse::sql
