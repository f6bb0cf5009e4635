#include "config/units.h"

#include <charconv>
#include <span>
#include <vector>

#include "base/time.h"
#include "config/nearest.h"

namespace gatehouse::config {
namespace {

struct Unit {
  ByteView name;
  uint64_t factor;
};

constexpr Unit kSizes[] = {{"GiB", 1024 * 1024 * 1024}, {"MiB", 1024 * 1024}, {"KiB", 1024}, {"B", 1}};
constexpr Unit kDurations[] = {{"h", 3600 * kNsPerSecond}, {"m", 60 * kNsPerSecond}, {"s", kNsPerSecond},
                               {"ms", kNsPerMs},           {"us", kNsPerUs},         {"ns", 1}};

std::string unit_list(std::span<const Unit> units) {
  std::vector<ByteView> names;
  for (const Unit& unit : units) names.push_back(unit.name);
  return listed(names);
}

Result<uint64_t, std::string> parse(ByteView text, std::span<const Unit> units, bool bare) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument)
    return Failure{std::string("it does not begin with a whole number")};
  if (error != std::errc{}) return Failure{std::string("the number is too large")};
  ByteView unit = text.substr(static_cast<size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  if (unit.empty() && (bare || number == 0)) return number;
  if (unit.empty()) return Failure{"the unit is missing: " + unit_list(units)};
  if (unit.starts_with('.')) return Failure{std::string("only whole numbers: take a smaller unit")};
  for (const Unit& known : units) {
    if (known.name != unit) continue;
    uint64_t product = 0;
    if (__builtin_mul_overflow(number, known.factor, &product))
      return Failure{std::string("the number is too large")};
    return product;
  }
  return Failure{"unknown unit '" + std::string(unit) + "': units are " + unit_list(units)};
}

std::string format(uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units)
    if (value != 0 && value % unit.factor == 0)
      return std::to_string(value / unit.factor) + std::string(unit.name);
  return "0";
}

}  // namespace

Result<uint64_t, std::string> parse_size(ByteView text) { return parse(text, kSizes, true); }
Result<uint64_t, std::string> parse_duration(ByteView text) { return parse(text, kDurations, false); }
std::string format_size(uint64_t bytes) { return format(bytes, kSizes); }
std::string format_duration(uint64_t ns) { return format(ns, kDurations); }

}  // namespace gatehouse::config
