// Shims for macros of OpenSSL that Swift cannot see: TLS connections and BIOs.
#ifndef CMX_OPENSSL_TLS_H
#define CMX_OPENSSL_TLS_H
#include <openssl/bio.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/tls1.h>

// Loads the library for a process whose threads may still use it while it exits: OpenSSL does not tidy up by itself then.
// Has an effect only as the first call into OpenSSL. Returns 1 on success.
static inline int cmx_openssl_start(void) { return OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL); }

// Contexts. Each returns 1 on success.

static inline int cmx_ctx_set_versions(SSL_CTX *context, int minimum, int maximum) {
    return SSL_CTX_set_min_proto_version(context, minimum) && SSL_CTX_set_max_proto_version(context, maximum);
}

static inline int cmx_ctx_set_groups(SSL_CTX *context, const char *names) {
    return (int)SSL_CTX_set1_groups_list(context, names);
}

// Asks for a stapled OCSP response (RFC 6066 §8).
static inline int cmx_ctx_request_ocsp(SSL_CTX *context) {
    return (int)SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
}

// Longest certificate message accepted, in bytes.
static inline void cmx_ctx_set_max_chain(SSL_CTX *context, long bytes) { SSL_CTX_set_max_cert_list(context, bytes); }

// No sessions are kept or resumed, buffers go back while a connection is idle, and one BIO read may take several records.
static inline void cmx_ctx_set_frugal(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
}

// Options of a client that looks at whatever servers there are: servers without secure renegotiation (RFC 5746) are
// met, nothing is renegotiated or resumed, and certificates come as they are.
static inline void cmx_ctx_set_census_options(SSL_CTX *context) {
    uint64_t options = SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION;
#ifdef SSL_OP_NO_RX_CERTIFICATE_COMPRESSION
    options |= SSL_OP_NO_RX_CERTIFICATE_COMPRESSION;
#endif
    SSL_CTX_set_options(context, options);
}

// Connections.

static inline int cmx_set_server_name(SSL *connection, const char *name) {
    return (int)SSL_set_tlsext_host_name(connection, name);
}

static inline void cmx_set_message_argument(SSL *connection, void *argument) {
    SSL_set_msg_callback_arg(connection, argument);
}

// Name of the key exchange group as in the TLS registry, or NULL.
static inline const char *cmx_group_name(SSL *connection) {
    long group = SSL_get_negotiated_group(connection);
    return group == NID_undef ? NULL : SSL_group_to_name(connection, (int)group);
}

// Bits of the server's ephemeral finite-field Diffie-Hellman key, or 0 when there was none.
static inline int cmx_ephemeral_dh_bits(SSL *connection) {
    EVP_PKEY *key = NULL;
    if (!SSL_get_peer_tmp_key(connection, &key)) return 0;
    int bits = EVP_PKEY_is_a(key, "DH") ? EVP_PKEY_get_bits(key) : 0;
    EVP_PKEY_free(key);
    return bits;
}

// Digest with which the server signed the handshake, or NID_undef when there was none.
static inline int cmx_signature_digest(SSL *connection) {
    int digest = NID_undef;
    return SSL_get_peer_signature_nid(connection, &digest) ? digest : NID_undef;
}

// Length of the stapled OCSP response, which `response` then points to; not positive when there is none.
static inline long cmx_ocsp_response(SSL *connection, const unsigned char **response) {
    return SSL_get_tlsext_status_ocsp_resp(connection, response);
}

// Errors: the macros' own return types differ between versions.

static inline int cmx_error_library(unsigned long error) { return ERR_GET_LIB(error); }

static inline int cmx_error_reason(unsigned long error) { return ERR_GET_REASON(error); }

// BIOs.

static inline void cmx_bio_want_read(BIO *bio) { BIO_set_retry_read(bio); }

static inline void cmx_bio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
#endif
