// The bare client: the dialogue of a probe with OpenSSL and epoll on one thread, and nothing else. It is the cost below
// which no engine can go.
// Usage: probe PORT PROBES IN_FLIGHT ROOT.pem. Certificate and host name are verified in the handshake, and it goes on
// whatever comes of that. Writes CPU time per probe in microseconds, user and system.
#include "cpu.h"
#include "tls.h"

enum state { GREETING, EHLO, STARTTLS, HANDSHAKE, EHLO_TLS, QUIT };

struct probe {
    int fd, state, length;
    SSL *tls;
    char text[2048];
};

static const char *NAME = "mx.bench.example";
static int in_flight, started, done, good, verified;

static SSL_CTX *make_context(const char *root) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    // As the engine has it.
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384:P-521:X448:ffdhe2048:ffdhe3072:ffdhe4096");
    SSL_CTX_set_cipher_list(context, "ALL:!aNULL:!eNULL:!PSK:!SRP");
    SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_read_ahead(context, 1);
    if (SSL_CTX_load_verify_locations(context, root, NULL) != 1) fail("root");
    return context;
}

static void begin(int poll, int port) {
    // Another address for each probe, over 127.1.0.0 to 127.200.255.255.
    int index = started++ * 7919 % (200 << 16);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(0x7f010000u + (uint32_t)index);
    struct probe *probe = calloc(1, sizeof *probe);
    probe->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (probe->fd < 0) fail("socket");
    int one = 1;
    setsockopt(probe->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (connect(probe->fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) fail("connect");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = probe};
    epoll_ctl(poll, EPOLL_CTL_ADD, probe->fd, &event);
    in_flight++;
}

// Replies are small and come whole or nearly so; a line that begins with three digits and a space ends a reply.
static int reply_is_complete(const char *text, int length) {
    int start = 0;
    for (int i = 0; i < length; i++) {
        if (text[i] != '\n') continue;
        if (i - start >= 4 && text[start + 3] == ' ') return 1;
        start = i + 1;
    }
    return 0;
}

static void end(struct probe *probe) {
    SSL_free(probe->tls);
    close(probe->fd);
    free(probe);
    in_flight--;
    done++;
}

static void say(struct probe *probe, const char *command) {
    probe->length = 0;
    if (probe->tls) SSL_write(probe->tls, command, (int)strlen(command));
    else if (send(probe->fd, command, strlen(command), MSG_NOSIGNAL) < 0) return;
}

// Reacts to a complete reply; returns 0 when the probe is over.
static int react(struct probe *probe, SSL_CTX *context) {
    switch (probe->state++) {
    case GREETING: say(probe, "EHLO probe.bench.example\r\n"); return 1;
    case EHLO: say(probe, "STARTTLS\r\n"); return 1;
    case STARTTLS:
        probe->tls = SSL_new(context);
        SSL_set_fd(probe->tls, probe->fd);
        SSL_set_tlsext_host_name(probe->tls, NAME);
        SSL_set1_host(probe->tls, NAME);
        SSL_set_connect_state(probe->tls);
        return 1;
    case EHLO_TLS:
        if (SSL_get_verify_result(probe->tls) == X509_V_OK) verified++;
        say(probe, "QUIT\r\n");
        return 1;
    default:
        good++;
        SSL_shutdown(probe->tls);
        return 0;
    }
}

// Goes as far as the bytes at hand allow; returns 0 when the probe is over.
static int advance(struct probe *probe, SSL_CTX *context) {
    for (;;) {
        if (probe->state == HANDSHAKE) {
            int result = SSL_do_handshake(probe->tls);
            if (result != 1) return SSL_get_error(probe->tls, result) == SSL_ERROR_WANT_READ;
            probe->state = EHLO_TLS;
            say(probe, "EHLO probe.bench.example\r\n");
        }
        char *free_text = probe->text + probe->length;
        int room = (int)sizeof probe->text - probe->length, count;
        if (probe->tls) {
            count = SSL_read(probe->tls, free_text, room);
            if (count <= 0) return SSL_get_error(probe->tls, count) == SSL_ERROR_WANT_READ;
        } else {
            count = (int)recv(probe->fd, free_text, (size_t)room, 0);
            if (count <= 0) return count < 0 && errno == EAGAIN;
        }
        probe->length += count;
        if (reply_is_complete(probe->text, probe->length) && !react(probe, context)) return 0;
    }
}

static void run(int poll, int port, int probes, int limit, SSL_CTX *context) {
    struct epoll_event found[256];
    started = done = good = verified = 0;
    while (done < probes) {
        while (in_flight < limit && started < probes) begin(poll, port);
        int count = epoll_wait(poll, found, 256, -1);
        for (int i = 0; i < count; i++) {
            ERR_clear_error();
            if (!advance(found[i].data.ptr, context)) end(found[i].data.ptr);
        }
    }
}

int main(int argc, char **argv) {
    if (argc != 5) fail("usage: probe PORT PROBES IN_FLIGHT ROOT.pem");
    int port = atoi(argv[1]), probes = atoi(argv[2]), limit = atoi(argv[3]), poll = epoll_create1(0);
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX *context = make_context(argv[4]);
    run(poll, port, limit, limit, context);
    double before = cpu_microseconds();
    run(poll, port, probes, limit, context);
    double after = cpu_microseconds();
    if (good != probes || verified != probes) {
        fprintf(stderr, "only %d of %d probes were good, %d verified\n", good, probes, verified);
        return 1;
    }
    printf("%.1f\n", (after - before) / probes);
    return 0;
}
