// Tells ThreadSanitizer about Swift's Mutex.
//
// As long as nobody has to wait, a Mutex of the Synchronization module is taken and left by atomic operations that are
// compiled into its user, hence seen. Who has to wait, and who has others waiting, calls _MutexHandle._lockSlow and
// _unlockSlow, which leave it to the kernel (FUTEX_LOCK_PI) and are compiled into the library, hence not seen: all that is
// done under the lock would be reported as a race. These functions stand before the library's, call them, and say what
// they do.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

// Synchronization._MutexHandle._lockSlow(Swift.UInt32) -> (), and _unlockSlow() -> ().
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *mutex

typedef SWIFT void lock_slow_function(uint32_t thread, SELF);
typedef SWIFT void unlock_slow_function(SELF);

void __tsan_acquire(void *address);
void __tsan_release(void *address);

SWIFT void cmx_lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
SWIFT void cmx_unlock_slow(SELF) __asm__(UNLOCK_SLOW);

static void *library_function(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) abort();
    return function;
}

SWIFT void cmx_lock_slow(uint32_t thread, SELF) {
    ((lock_slow_function *)library_function(LOCK_SLOW))(thread, mutex);
    __tsan_acquire(mutex);
}

SWIFT void cmx_unlock_slow(SELF) {
    __tsan_release(mutex);
    ((unlock_slow_function *)library_function(UNLOCK_SLOW))(mutex);
}
#endif
#endif
