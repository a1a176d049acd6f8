// Shims for the lab: what Swift cannot reach, or only with macros.
#ifndef CMX_LAB_H
#define CMX_LAB_H

#include <errno.h>
#include <stdint.h>
#include <time.h>

/// Nanoseconds of the monotonic clock.
static inline uint64_t cmx_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#ifdef __linux__
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define CMX_ARRAY_LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/// Attaches a classic BPF filter to a listening TCP socket that silently drops IPv4 packets to an address outside
/// 127.0.0.0/8, or in drop_first...drop_last (host byte order). Needs no privilege. Returns 0 or an errno.
/// A filter runs on a SYN before the kernel answers it, and connections inherit it from their listening socket.
static inline int cmx_drop_by_destination(int descriptor, uint32_t drop_first, uint32_t drop_last) {
    struct sock_filter code[] = {
        // A = destination address of the IPv4 header.
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_NET_OFF + 16),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x7f000000u, 0, 4),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x80000000u, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, drop_first, 0, 1),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, drop_last, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0xffffffffu),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = CMX_ARRAY_LENGTH(code), .filter = code};
    return setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0 ? 0 : errno;
}

/// What the kernel knows of a TCP connection: option `cmx_connection_info` at level IPPROTO_TCP.
typedef struct tcp_info CMXConnectionInfo;
static const int cmx_connection_info = TCP_INFO;
/// Milliseconds since data was sent last, or else since the connection was established, in steps of the kernel's tick.
static inline uint32_t cmx_since_last_sent_ms(CMXConnectionInfo info) { return info.tcpi_last_data_sent; }
#else
typedef struct {
    uint32_t nothing;
} CMXConnectionInfo;
static const int cmx_connection_info = -1;
static inline uint32_t cmx_since_last_sent_ms(CMXConnectionInfo info) { return info.nothing; }
static inline int cmx_drop_by_destination(int descriptor, uint32_t drop_first, uint32_t drop_last) {
    (void)descriptor, (void)drop_first, (void)drop_last;
    return ENOTSUP;
}
#endif

#endif
