// One bug for each fuzz target, in what its code under test said: only in the build `<name>_planted`, whose test is that
// the target finds it. A target that cannot find its own would find nobody else's.
#pragma once

#ifdef GH_PLANT
#define PLANT(...) __VA_ARGS__
#else
#define PLANT(...)
#endif
