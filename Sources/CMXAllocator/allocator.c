#include "allocator.h"

// jemalloc's options, which it reads before main and by this name. One arena for each processor instead of four: each keeps
// pages of its own that are partly used, and threads seldom meet in one, since each has a cache of its own in front.
const char *malloc_conf = "narenas_ratio:1";
