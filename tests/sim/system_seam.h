// The last two things that come from outside the world, randomness and the time of day, made the seed's own.
#pragma once

#include <cstdint>

namespace gatehouse::sim {

/// seed_entropy begins the stream that BoringSSL gets for the system's entropy, in the whole process. Its
/// generator keeps a state per thread, so a thread that has asked for no random byte yet draws what `seed`
/// and its own calls say, and nothing else. The linker puts the stream in place of the system, in the
/// simulator's programs only (--wrap, see meson.build). No other thread may ask at the same time.
void seed_entropy(uint64_t seed);

}  // namespace gatehouse::sim
