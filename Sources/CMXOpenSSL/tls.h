// Shims for macros of OpenSSL that Swift cannot see: TLS connections and BIOs.
#ifndef CMX_OPENSSL_TLS_H
#define CMX_OPENSSL_TLS_H
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#endif
