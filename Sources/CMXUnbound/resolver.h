// libunbound with its libevent interface, and the little of libevent that is needed, as Swift sees them.
//
// Both must use the same libevent: Debian's libunbound is linked with libevent-2.1.
#ifndef CMX_RESOLVER_H
#define CMX_RESOLVER_H
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unbound.h>
#include <unbound-event.h>

// Declared here and not by <event2/event.h>: that includes <sys/socket.h> with its own feature macros, which makes clang
// take names like SOCK_DGRAM away from Swift's Glibc module in every module that is built together with this one.
struct event;
typedef void (*event_callback_fn)(int, short, void *);
enum { EV_TIMEOUT = 0x01, EV_READ = 0x02, EV_PERSIST = 0x10, EVLOOP_ONCE = 0x01, EVLOOP_NONBLOCK = 0x02 };
struct event_base *event_base_new(void);
void event_base_free(struct event_base *base);
int event_base_loop(struct event_base *base, int flags);
struct event *event_new(struct event_base *base, int fd, short events, event_callback_fn callback, void *data);
int event_add(struct event *event, const struct timeval *timeout);
void event_active(struct event *event, int result, short calls);
void event_free(struct event *event);

/// Starts a timer.
static inline int cmx_event_add(struct event *event, long seconds, long microseconds) {
    struct timeval timeout = {.tv_sec = seconds, .tv_usec = microseconds};
    return event_add(event, &timeout);
}

/// A counter that wakes an event loop; -1 with errno set when there is none to be had.
static inline int cmx_wake_descriptor(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
#endif
