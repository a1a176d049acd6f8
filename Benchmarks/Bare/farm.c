// The farm: one SMTP server with STARTTLS on every address of 127.0.0.0/8, one thread, epoll and OpenSSL.
// Usage: farm PORT CHAIN.pem KEY.pem MODE [ISSUER-KEY.pem]. Writes "ready" when it listens; ends when its standard input
// closes. Modes:
//   chain    every connection is served, with the same chain
//   leaves   every connection is served, with a leaf and a key of its own, made like the first of CHAIN and signed by the second
//   mute     no connection is greeted
//   stall    the handshake is never answered
//   silent   the handshake is done; EHLO under TLS is never answered
#include "tls.h"

enum state { EHLO, STARTTLS, HANDSHAKE, EHLO_TLS, QUIT };

struct peer {
    int fd, state, length;
    SSL *tls;
    char text[512];
};

static const char GREETING[] = "220 mx.bench.example ESMTP ready\r\n";
static const char OFFER[] =
    "250-mx.bench.example\r\n250-PIPELINING\r\n250-SIZE 35882577\r\n250-8BITMIME\r\n250 STARTTLS\r\n";
static const char AGAIN[] = "250-mx.bench.example\r\n250-PIPELINING\r\n250-SIZE 35882577\r\n250 8BITMIME\r\n";

static enum mode { CHAIN, LEAVES, MUTE, STALL, SILENT } mode;
static EVP_PKEY *issuer_key;

// Gives a session a certificate that nobody has seen before.
static void use_new_leaf(SSL_CTX *context, SSL *tls) {
    static uint64_t serial = 1;
    STACK_OF(X509) *above = NULL;
    SSL_CTX_get0_chain_certs(context, &above);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *leaf = X509_dup(SSL_CTX_get0_certificate(context));
    if (!key || !leaf || !ASN1_INTEGER_set_uint64(X509_get_serialNumber(leaf), serial++ << 32)
        || !X509_set_pubkey(leaf, key) || !X509_sign(leaf, issuer_key, EVP_sha256()) || !SSL_use_certificate(tls, leaf)
        || !SSL_use_PrivateKey(tls, key) || !SSL_set1_chain(tls, above)) fail("leaf");
    X509_free(leaf);
    EVP_PKEY_free(key);
}

static void drop(struct peer *peer) {
    SSL_free(peer->tls);
    close(peer->fd);
    free(peer);
}

static void say(struct peer *peer, const char *text) {
    if (peer->tls) SSL_write(peer->tls, text, (int)strlen(text));
    else if (send(peer->fd, text, strlen(text), MSG_NOSIGNAL) < 0) return;
}

// Answers a command; returns 0 when the connection is over.
static int answer(struct peer *peer, SSL_CTX *context) {
    switch (peer->state++) {
    case EHLO: say(peer, OFFER); return 1;
    case STARTTLS:
        say(peer, "220 go ahead\r\n");
        peer->tls = SSL_new(context);
        if (mode == LEAVES) use_new_leaf(context, peer->tls);
        SSL_set_fd(peer->tls, peer->fd);
        SSL_set_accept_state(peer->tls);
        return 1;
    case EHLO_TLS:
        if (mode != SILENT) say(peer, AGAIN);
        return 1;
    default:
        say(peer, "221 bye\r\n");
        SSL_shutdown(peer->tls);
        return 0;
    }
}

// Reads what is there; returns 0 when the connection is over.
static int discard(int fd) {
    char bytes[4096];
    ssize_t count;
    while ((count = recv(fd, bytes, sizeof bytes, 0)) > 0) continue;
    return count < 0 && errno == EAGAIN;
}

// Goes as far as the bytes at hand allow; returns 0 when the connection is over.
static int advance(struct peer *peer, SSL_CTX *context) {
    for (;;) {
        if (peer->state == HANDSHAKE) {
            if (mode == STALL) return discard(peer->fd);
            int result = SSL_do_handshake(peer->tls);
            if (result != 1) return SSL_get_error(peer->tls, result) == SSL_ERROR_WANT_READ;
            peer->state = EHLO_TLS;
        }
        char *free_text = peer->text + peer->length;
        int room = (int)sizeof peer->text - peer->length, count;
        if (peer->tls) {
            count = SSL_read(peer->tls, free_text, room);
            if (count <= 0) return SSL_get_error(peer->tls, count) == SSL_ERROR_WANT_READ;
        } else {
            count = (int)recv(peer->fd, free_text, (size_t)room, 0);
            if (count <= 0) return count < 0 && errno == EAGAIN;
        }
        peer->length += count;
        if (peer->text[peer->length - 1] != '\n') continue;
        peer->length = 0;
        if (!answer(peer, context)) return 0;
    }
}

static void welcome(int poll, int listener) {
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int fd;
    while ((fd = accept4(listener, (struct sockaddr *)&address, &length, SOCK_NONBLOCK)) >= 0) {
        // The farm listens on all of this machine's addresses, but serves loopback alone.
        if (ntohl(address.sin_addr.s_addr) >> 24 != 127) {
            close(fd);
            continue;
        }
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct peer *peer = calloc(1, sizeof *peer);
        peer->fd = fd;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
        if (mode != MUTE) say(peer, GREETING);
    }
}

static EVP_PKEY *read_key(const char *path) {
    FILE *file = path ? fopen(path, "r") : NULL;
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (!key) fail("the issuer's key");
    fclose(file);
    return key;
}

int main(int argc, char **argv) {
    static const char *modes[] = {"chain", "leaves", "mute", "stall", "silent"};
    if (argc < 5) fail("usage: farm PORT CHAIN.pem KEY.pem MODE [ISSUER-KEY.pem]");
    while (mode <= SILENT && strcmp(argv[4], modes[mode]) != 0) mode++;
    if (mode > SILENT) fail("no such mode");
    if (mode == LEAVES) issuer_key = read_key(argv[5]);
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (SSL_CTX_use_certificate_chain_file(context, argv[2]) != 1
        || SSL_CTX_use_PrivateKey_file(context, argv[3], SSL_FILETYPE_PEM) != 1) fail("certificate");
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0) fail("listen");
    int poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, found[256];
    struct epoll_event input = {.events = EPOLLIN | EPOLLHUP, .data.ptr = &input};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &input);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int count = epoll_wait(poll, found, 256, -1);
        for (int i = 0; i < count; i++) {
            ERR_clear_error();
            if (found[i].data.ptr == &input) return 0;
            if (found[i].data.ptr == NULL) welcome(poll, listener);
            else if (!advance(found[i].data.ptr, context)) drop(found[i].data.ptr);
        }
    }
}
