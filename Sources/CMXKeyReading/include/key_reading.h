// Library contexts of OpenSSL in which the public keys of certificates are read at a fraction of the usual cost.
#ifndef CMX_KEY_READING_H
#define CMX_KEY_READING_H
#include <openssl/types.h>

// A library context with all algorithms of the default provider, but only those of its decoders that read the public key
// of a certificate that can sign. OpenSSL 3.0 walks through all decoders for every key it meets, which is a fifth of a
// client's handshake; most of them read private keys, PEM, or keys that cannot sign.
// NULL when out of memory. Not to be freed: threads that used it look into it once more when they end.
OSSL_LIB_CTX *cmx_library_context_new(void);
#endif
