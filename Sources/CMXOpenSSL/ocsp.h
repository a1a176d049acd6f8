// Shims for macros of OpenSSL that Swift cannot see: OCSP responses (RFC 6960).
#ifndef CMX_OPENSSL_OCSP_H
#define CMX_OPENSSL_OCSP_H
#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <string.h>

// 1 when `key` verifies the signature over the response's tbsResponseData (RFC 6960 §4.2.1).
static inline int cmx_ocsp_verify(const OCSP_BASICRESP *response, EVP_PKEY *key) {
    if (key == NULL) return 0;
    return ASN1_item_verify(ASN1_ITEM_rptr(OCSP_RESPDATA), OCSP_resp_get0_tbs_sigalg(response),
                            OCSP_resp_get0_signature(response), OCSP_resp_get0_respdata(response), key) == 1;
}

// 1 when the responderID is the name of `certificate` or the SHA-1 hash of its key (RFC 6960 §4.2.1).
static inline int cmx_ocsp_is_responder(const OCSP_BASICRESP *response, const X509 *certificate) {
    const ASN1_OCTET_STRING *hash = NULL;
    const X509_NAME *name = NULL;
    if (!OCSP_resp_get0_id(response, &hash, &name)) return 0;
    if (name != NULL) return X509_NAME_cmp(name, X509_get_subject_name(certificate)) == 0;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (!X509_pubkey_digest(certificate, EVP_sha1(), digest, &length)) return 0;
    return ASN1_STRING_length(hash) == (int)length && memcmp(ASN1_STRING_get0_data(hash), digest, length) == 0;
}

// 1 when the certificate's extended key usage names OCSPSigning (RFC 6960 §4.2.2.2). anyExtendedKeyUsage is not enough.
static inline int cmx_may_sign_ocsp(X509 *certificate) {
    return (X509_get_extension_flags(certificate) & EXFLAG_XKUSAGE) != 0
        && (X509_get_extended_key_usage(certificate) & XKU_OCSP_SIGN) != 0;
}

// 1 when the response as a whole or `single` has a critical extension: none is understood here (RFC 6960 §4.4).
static inline int cmx_ocsp_has_critical(OCSP_BASICRESP *response, OCSP_SINGLERESP *single) {
    return OCSP_BASICRESP_get_ext_by_critical(response, 1, -1) >= 0
        || OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0;
}
#endif
