#include "load/tally.h"

namespace gatehouse::load {

void Tally::add(const Tally& other) {
  sent += other.sent;
  answers += other.answers;
  good += other.good;
  in_time += other.in_time;
  good_in_time += other.good_in_time;
  aborted += other.aborted;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  connections += other.connections;
  unsent += other.unsent;
  late += other.late;
  for (size_t i = 0; i < kFailures; ++i) failures[i] += other.failures[i];
  for (const auto& [status, count] : other.statuses) statuses[status] += count;
  latency.add(other.latency);
  lag.add(other.lag);
}

}  // namespace gatehouse::load
