// The bare DNS client: asks one server for the MX of many names from one socket and one thread, with sendmmsg and recvmmsg,
// and looks at the answers no further than to find the exchange. It is the cost below which no resolver can go.
// Usage: stub PORT LOOKUPS OUTSTANDING. Names are n<number>.bench.example. Writes CPU time per lookup in microseconds.
#define _GNU_SOURCE
#include "cpu.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 64, SIZE = 1232, MOST = 65536 };

static unsigned char out[BATCH][SIZE], in[BATCH][SIZE];
static struct iovec out_iov[BATCH], in_iov[BATCH];
static struct mmsghdr out_msgs[BATCH], in_msgs[BATCH];
// The number of the name asked under each id; -1 when the id is free.
static long asked[MOST];
static int free_ids[MOST];

static void fail(const char *what) {
    fprintf(stderr, "stub: %s: %s\n", what, errno ? strerror(errno) : "");
    exit(1);
}

static size_t question(unsigned char *q, int id, long number) {
    static const unsigned char head[] = {1, 0, 0, 1, 0, 0, 0, 0, 0, 1};
    static const unsigned char tail[] = "\5bench\7example\0\0\17\0\1\0\0\51\4\320\0\0\0\0\0";
    q[0] = (unsigned char)(id >> 8);
    q[1] = (unsigned char)id;
    memcpy(q + 2, head, sizeof head);
    int length = sprintf((char *)q + 13, "n%ld", number);
    q[12] = (unsigned char)length;
    // The terminating zero of the literal is the last octet of the OPT record.
    memcpy(q + 13 + length, tail, sizeof tail);
    return 13 + (size_t)length + sizeof tail;
}

// Whether `a` answers question `id` with an MX record.
static int is_answer(const unsigned char *a, size_t n, int id) {
    if (n < 12 || (a[0] << 8 | a[1]) != id || !(a[2] & 0x80) || (a[3] & 0xf) != 0 || (a[6] << 8 | a[7]) < 1) return 0;
    size_t at = 12;
    while (at < n && a[at] != 0 && a[at] < 0x40) at += a[at] + 1u;
    at += 5;
    // An owner that is compressed or whole, then type, class, TTL, length, preference, exchange.
    while (at < n && a[at] != 0 && a[at] < 0x40) at += a[at] + 1u;
    at += at < n && a[at] >= 0xc0 ? 2 : 1;
    return at + 13 <= n && a[at] == 0 && a[at + 1] == 15 && a[at + 12] != 0;
}

int main(int argc, char **argv) {
    if (argc != 4) return 64;
    long lookups = atol(argv[2]), outstanding = atol(argv[3]), started = 0, done = 0;
    if (outstanding < 1 || outstanding > MOST) return 64;
    int fd = socket(AF_INET, SOCK_DGRAM, 0), big = 16 << 20, free_count = 0;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof big);
    struct timeval patience = {.tv_sec = 2};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) != 0) fail("connect");
    for (int i = (int)outstanding; i-- > 0;) free_ids[free_count++] = i, asked[i] = -1;
    for (int i = 0; i < BATCH; i++) {
        out_iov[i].iov_base = out[i];
        in_iov[i] = (struct iovec){in[i], SIZE};
        out_msgs[i].msg_hdr = (struct msghdr){.msg_iov = &out_iov[i], .msg_iovlen = 1};
        in_msgs[i].msg_hdr = (struct msghdr){.msg_iov = &in_iov[i], .msg_iovlen = 1};
    }
    double before = cpu_microseconds();
    while (done < lookups) {
        int count = 0;
        for (; count < BATCH && free_count > 0 && started < lookups; count++) {
            int id = free_ids[--free_count];
            asked[id] = started;
            out_iov[count].iov_len = question(out[count], id, started++);
        }
        for (int sent = 0; sent < count;) {
            int n = sendmmsg(fd, out_msgs + sent, (unsigned)(count - sent), 0);
            if (n < 0) fail("sendmmsg");
            sent += n;
        }
        // The window is filled before answers are waited for.
        if (free_count > 0 && started < lookups) continue;
        int got = recvmmsg(fd, in_msgs, BATCH, MSG_WAITFORONE, NULL);
        if (got < 0) fail("an answer was lost");
        for (int i = 0; i < got; i++) {
            int id = in[i][0] << 8 | in[i][1];
            if (id >= outstanding || asked[id] < 0 || !is_answer(in[i], in_msgs[i].msg_len, id)) continue;
            asked[id] = -1;
            free_ids[free_count++] = id;
            done++;
        }
    }
    printf("%.2f\n", (cpu_microseconds() - before) / (double)lookups);
    return 0;
}
