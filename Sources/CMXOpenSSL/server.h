// Shims for macros of OpenSSL that Swift cannot see: servers, which the lab has.
#ifndef CMX_OPENSSL_SERVER_H
#define CMX_OPENSSL_SERVER_H
#include <openssl/bn.h>
#include <openssl/ssl.h>
#include <string.h>

// A list of signature algorithms, as `ECDSA+SHA1`. Returns 1 on success.
static inline int cmx_ctx_set_signatures(SSL_CTX *context, const char *names) {
    return (int)SSL_CTX_set1_sigalgs_list(context, names);
}

// Sends the certificate after the server's own; takes a reference of its own. Returns 1 on success.
static inline int cmx_ctx_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

// `callback` is asked for a staple (RFC 6066 §8) when a client wants one.
static inline void cmx_ctx_set_staple_callback(SSL_CTX *context, int (*callback)(SSL *, void *), void *argument) {
    SSL_CTX_set_tlsext_status_cb(context, callback);
    SSL_CTX_set_tlsext_status_arg(context, argument);
}

// Staples a copy of these bytes. Returns 1 on success.
static inline int cmx_staple(SSL *connection, const unsigned char *bytes, size_t count) {
    unsigned char *copy = (unsigned char *)OPENSSL_malloc(count);
    if (copy == NULL) return 0;
    memcpy(copy, bytes, count);
    return (int)SSL_set_tlsext_status_ocsp_resp(connection, copy, (long)count);
}
#endif
