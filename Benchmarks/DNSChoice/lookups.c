// Looks up the MX of many names with one of the candidate libraries and prints one row of the table.
//
// Usage: lookups MODE SERVER-PORT OUTSTANDING COUNT DEAD-PERCENT ZONE [ANCHOR-FILE]
//   MODE  ub-thread  libunbound, background thread, ub_fd (ub_resolve_async)
//         ub-event   libunbound on a libevent base (ub_ctx_create_event)
//         c-ares     c-ares with epoll; also the stub of a local unbound daemon
// Names are n<i>.ZONE; DEAD-PERCENT of them dead<i>.ZONE. With ANCHOR-FILE, libunbound validates.
#define _GNU_SOURCE
#include <ares.h>
#include <arpa/inet.h>
#include <event2/event.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unbound-event.h>
#include <unbound.h>

static long outstanding, count, started, finished, in_flight;
static long answered, secure, servfail, timed_out, other;
static int dead_percent;
static const char *zone;
static double *start_times, slowest, slowest_answer;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void name_of(long i, char *text, size_t size) {
    snprintf(text, size, "%s%ld.%s", i % 100 < dead_percent ? "dead" : "n", i, zone);
}

static void done(long i, long *counter) {
    double took = now() - start_times[i];
    if (took > slowest) slowest = took;
    if (counter == &answered && took > slowest_answer) slowest_answer = took;
    (*counter)++;
    finished++;
    in_flight--;
}

// libunbound

static struct ub_ctx *ctx;
static struct event_base *base;

static void set(const char *option, const char *value) {
    int error = ub_ctx_set_option(ctx, option, value);
    if (error) fprintf(stderr, "%s %s: %s\n", option, value, ub_strerror(error));
}

static void configure(const char *port, const char *anchor) {
    char text[64];
    snprintf(text, sizeof text, "127.0.0.1@%s", port);
    ub_ctx_set_fwd(ctx, text);
    set("do-not-query-localhost:", "no");
    set("local-zone:", "test. transparent");
    snprintf(text, sizeof text, "%ld", outstanding);
    set("outgoing-range:", text);
    set("num-queries-per-thread:", text);
    set("so-rcvbuf:", "4m");
    set("msg-cache-size:", "4m");
    set("rrset-cache-size:", "8m");
    if (getenv("UB_MIN_RTT")) set("infra-cache-min-rtt:", getenv("UB_MIN_RTT"));
    if (getenv("UB_RETRY")) set("outbound-msg-retry:", getenv("UB_RETRY"));
    if (getenv("UB_CONNECT")) set("udp-connect:", getenv("UB_CONNECT"));
    if (anchor) {
        int error = ub_ctx_add_ta_file(ctx, anchor);
        if (error) fprintf(stderr, "%s: %s\n", anchor, ub_strerror(error));
    } else {
        set("module-config:", "iterator");
    }
}

static void thread_done(void *data, int error, struct ub_result *result) {
    if (error != 0 || result->rcode != 0) {
        done((long)data, &servfail);
    } else {
        secure += result->secure;
        done((long)data, result->havedata ? &answered : &other);
    }
    if (error == 0) ub_resolve_free(result);
}

static void run_thread(void) {
    struct pollfd fd = {ub_fd(ctx), POLLIN, 0};
    while (finished < count) {
        while (in_flight < outstanding && started < count) {
            char name[256];
            name_of(started, name, sizeof name);
            start_times[started] = now();
            in_flight++;
            if (ub_resolve_async(ctx, name, 15, 1, (void *)started, thread_done, NULL)) abort();
            started++;
        }
        poll(&fd, 1, -1);
        ub_process(ctx);
    }
}

static void event_start(void);

static void event_done(void *data, int rcode, void *packet, int length, int sec, char *why, int limited) {
    (void)why, (void)limited;
    const unsigned char *bytes = packet;
    if (rcode != 0) {
        done((long)data, &servfail);
    } else {
        secure += sec == 2;
        done((long)data, length > 12 && bytes[7] > 0 ? &answered : &other);
    }
    if (finished == count) event_base_loopbreak(base);
}

static void event_start(void) {
    while (in_flight < outstanding && started < count) {
        char name[256];
        name_of(started, name, sizeof name);
        start_times[started] = now();
        in_flight++;
        long i = started++;
        if (ub_resolve_event(ctx, name, 15, 1, (void *)i, event_done, NULL)) abort();
    }
}

static void run_event(void) {
    while (finished < count) {
        event_start();
        event_base_loop(base, EVLOOP_ONCE);
    }
}

// c-ares

static ares_channel channel;
static int epoll;

static void watch(void *data, ares_socket_t fd, int readable, int writable) {
    (void)data;
    struct epoll_event event = {.events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u), .data.fd = fd};
    if (!readable && !writable) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
    } else if (epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event) != 0) {
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void ares_done(void *data, int status, int timeouts, unsigned char *packet, int length) {
    (void)timeouts;
    long i = (long)data;
    switch (status) {
    case ARES_SUCCESS:
        secure += length > 12 && (packet[3] & 0x20) != 0;
        done(i, &answered);
        break;
    case ARES_ESERVFAIL: done(i, &servfail); break;
    case ARES_ETIMEOUT: done(i, &timed_out); break;
    default: done(i, &other);
    }
}

static void run_ares(const char *port) {
    struct ares_options options = {
        .flags = ARES_FLAG_EDNS | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_STAYOPEN | ARES_FLAG_NOCHECKRESP,
        .timeout = 2000, .tries = 3, .ednspsz = 1232, .sock_state_cb = watch,
        .socket_receive_buffer_size = 4 << 20, .socket_send_buffer_size = 4 << 20};
    epoll = epoll_create1(0);
    ares_library_init(ARES_LIB_INIT_ALL);
    if (ares_init_options(&channel, &options,
            ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_SOCK_STATE_CB
                | ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_SNDBUF)) abort();
    char server[64];
    snprintf(server, sizeof server, "127.0.0.1:%s", port);
    if (ares_set_servers_ports_csv(channel, server)) abort();
    double sweep = now();
    while (finished < count) {
        while (in_flight < outstanding && started < count) {
            char name[256];
            name_of(started, name, sizeof name);
            start_times[started] = now();
            in_flight++;
            long i = started++;
            ares_query(channel, name, 1, 15, ares_done, (void *)i);
        }
        struct epoll_event events[64];
        int n = epoll_wait(epoll, events, 64, 50);
        for (int i = 0; i < n; i++) {
            ares_process_fd(channel, (events[i].events & ~(unsigned)EPOLLOUT) ? events[i].data.fd : ARES_SOCKET_BAD,
                (events[i].events & EPOLLOUT) ? events[i].data.fd : ARES_SOCKET_BAD);
        }
        if (now() - sweep > 0.05) {
            ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
            sweep = now();
        }
    }
}

int main(int argc, char **argv) {
    if (argc < 7) return 64;
    const char *mode = argv[1], *anchor = argc > 7 ? argv[7] : NULL;
    outstanding = atol(argv[3]);
    count = atol(argv[4]);
    dead_percent = atoi(argv[5]);
    zone = argv[6];
    start_times = calloc((size_t)count, sizeof *start_times);
    double begin = now();
    if (strcmp(mode, "ub-thread") == 0) {
        ctx = ub_ctx_create();
        ub_ctx_async(ctx, 1);
        configure(argv[2], anchor);
        run_thread();
    } else if (strcmp(mode, "ub-event") == 0) {
        base = event_base_new();
        ctx = ub_ctx_create_event(base);
        configure(argv[2], anchor);
        run_event();
    } else {
        run_ares(argv[2]);
    }
    double wall = now() - begin;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    double user = (double)use.ru_utime.tv_sec * 1e6 + (double)use.ru_utime.tv_usec;
    double system = (double)use.ru_stime.tv_sec * 1e6 + (double)use.ru_stime.tv_usec;
    printf("%8.0f %6.1f %6.1f %8ld %8ld %8ld %8ld %6ld %7.2f %7.2f %6ld\n", (double)count / wall, user / (double)count,
        system / (double)count, answered, secure, servfail, timed_out, other, slowest_answer, slowest, use.ru_maxrss / 1024);
    return 0;
}
