// libunbound with its libevent interface, as Swift sees it.
//
// Both must use the same libevent: Debian's libunbound is linked with libevent-2.1.
#ifndef CMX_RESOLVER_H
#define CMX_RESOLVER_H
// Before libevent's headers, which switch _GNU_SOURCE on: fd_set would differ from that of other modules.
#include <sys/types.h>
#include <sys/select.h>
#include <event2/event.h>
#include <sys/eventfd.h>
#include <unbound.h>
#include <unbound-event.h>

/// A counter that wakes an event loop; -1 with errno set when there is none to be had.
static inline int cmx_wake_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
#endif
