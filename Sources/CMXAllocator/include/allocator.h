// jemalloc, which takes the place of the C library's malloc in a program that links it.
#ifndef CMX_ALLOCATOR_H
#define CMX_ALLOCATOR_H
#include <jemalloc/jemalloc.h>
#include <stdbool.h>

// Gives unused memory back to the system by a thread of jemalloc's own, also while the program waits. False when jemalloc
// cannot do that here; it then does so in later calls. Called once, at the start. The call is also what makes the linker
// keep the library: no other symbol of it is asked for by name.
static inline bool cmx_allocator_start(void) {
    bool enabled = true;
    return mallctl("background_thread", NULL, NULL, &enabled, sizeof enabled) == 0;
}
#endif
