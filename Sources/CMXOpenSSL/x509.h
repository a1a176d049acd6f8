// Shims for macros of OpenSSL that Swift cannot see: certificates and path validation.
#ifndef CMX_OPENSSL_X509_H
#define CMX_OPENSSL_X509_H
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#endif
