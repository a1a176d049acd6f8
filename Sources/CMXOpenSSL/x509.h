// Shims for macros of OpenSSL that Swift cannot see: certificates and path validation.
#ifndef CMX_OPENSSL_X509_H
#define CMX_OPENSSL_X509_H
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

// Stacks are typed by macros.

static inline STACK_OF(X509) * cmx_x509_stack_new(void) { return sk_X509_new_null(); }

// Does not take a reference: the stack must not outlive the certificate. Returns 1, or 0 when out of memory.
static inline int cmx_x509_stack_push(STACK_OF(X509) * stack, X509 *certificate) {
    return sk_X509_push(stack, certificate) > 0;
}

// Takes the last certificate off the stack, with the stack's reference if it had one; NULL when there is none.
static inline X509 *cmx_x509_stack_pop(STACK_OF(X509) * stack) { return sk_X509_pop(stack); }

// Frees the stack and leaves its certificates alone.
static inline void cmx_x509_stack_free(STACK_OF(X509) * stack) { sk_X509_free(stack); }

static inline int cmx_x509_stack_count(const STACK_OF(X509) * stack) { return stack == NULL ? 0 : sk_X509_num(stack); }

static inline X509 *cmx_x509_stack_at(const STACK_OF(X509) * stack, int index) { return sk_X509_value(stack, index); }

// General names (RFC 5280 §4.2.1.6): subjectAltName and authorityCertIssuer.

static inline GENERAL_NAMES *cmx_subject_alt_names(const X509 *certificate) {
    return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

static inline void cmx_general_names_free(GENERAL_NAMES *names) { GENERAL_NAMES_free(names); }

static inline int cmx_general_names_count(const GENERAL_NAMES *names) {
    return names == NULL ? 0 : sk_GENERAL_NAME_num(names);
}

// The bytes of entry `index` when it is a dNSName, else NULL. Valid as long as `names`.
static inline const unsigned char *cmx_general_names_dns(const GENERAL_NAMES *names, int index, int *length) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (name == NULL || name->type != GEN_DNS) return NULL;
    *length = ASN1_STRING_length(name->d.dNSName);
    return ASN1_STRING_get0_data(name->d.dNSName);
}

// Entries of authorityCertIssuer in the authority key identifier (RFC 5280 §4.2.1.1).
static inline int cmx_authority_issuer_count(X509 *certificate) {
    return cmx_general_names_count(X509_get0_authority_issuer(certificate));
}

// Entry `index` when it is a directory name, else NULL. Valid as long as the certificate.
static inline const X509_NAME *cmx_authority_issuer_name(X509 *certificate, int index) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(X509_get0_authority_issuer(certificate), index);
    return name != NULL && name->type == GEN_DIRNAME ? name->d.directoryName : NULL;
}

// Name constraints (RFC 5280 §4.2.1.10); NULL when there are none or they are malformed.
static inline NAME_CONSTRAINTS *cmx_name_constraints(const X509 *certificate) {
    return (NAME_CONSTRAINTS *)X509_get_ext_d2i(certificate, NID_name_constraints, NULL, NULL);
}

static inline int cmx_excluded_count(const NAME_CONSTRAINTS *constraints) {
    return constraints == NULL || constraints->excludedSubtrees == NULL
        ? 0 : sk_GENERAL_SUBTREE_num(constraints->excludedSubtrees);
}

// The bytes of the excluded subtree `index` when it is a dNSName, else NULL. Valid as long as `constraints`.
static inline const unsigned char *cmx_excluded_dns(const NAME_CONSTRAINTS *constraints, int index, int *length) {
    const GENERAL_SUBTREE *subtree = sk_GENERAL_SUBTREE_value(constraints->excludedSubtrees, index);
    if (subtree == NULL || subtree->base == NULL || subtree->base->type != GEN_DNS) return NULL;
    *length = ASN1_STRING_length(subtree->base->d.dNSName);
    return ASN1_STRING_get0_data(subtree->base->d.dNSName);
}

// 1 when the verifier's current certificate has a notAfter that is exactly `second` (Unix time).
static inline int cmx_ends_at(const X509_STORE_CTX *context, long long second) {
    const X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    ASN1_TIME *given = ASN1_TIME_set(NULL, (time_t)second);
    int equal = certificate != NULL && given != NULL && ASN1_TIME_compare(X509_get0_notAfter(certificate), given) == 0;
    ASN1_TIME_free(given);
    return equal;
}

// 1 when the authority information access extension (RFC 5280 §4.2.2.1) has a caIssuers entry with an http or https URL.
static inline int cmx_names_issuer_location(const X509 *certificate) {
    AUTHORITY_INFO_ACCESS *info =
        (AUTHORITY_INFO_ACCESS *)X509_get_ext_d2i(certificate, NID_info_access, NULL, NULL);
    int found = 0;
    for (int i = 0; info != NULL && i < sk_ACCESS_DESCRIPTION_num(info); i++) {
        const ACCESS_DESCRIPTION *entry = sk_ACCESS_DESCRIPTION_value(info, i);
        if (OBJ_obj2nid(entry->method) != NID_ad_ca_issuers || entry->location->type != GEN_URI) continue;
        const ASN1_STRING *uri = entry->location->d.uniformResourceIdentifier;
        const char *text = (const char *)ASN1_STRING_get0_data(uri);
        int length = ASN1_STRING_length(uri);
        if ((length > 7 && OPENSSL_strncasecmp(text, "http://", 7) == 0)
            || (length > 8 && OPENSSL_strncasecmp(text, "https://", 8) == 0)) {
            found = 1;
        }
    }
    AUTHORITY_INFO_ACCESS_free(info);
    return found;
}

// 1 when the TLS feature extension lists `feature` (RFC 7633 §4.2.2; status_request is 5).
static inline int cmx_has_tls_feature(const X509 *certificate, long feature) {
    TLS_FEATURE *features = (TLS_FEATURE *)X509_get_ext_d2i(certificate, NID_tlsfeature, NULL, NULL);
    int found = 0;
    for (int i = 0; features != NULL && i < sk_ASN1_INTEGER_num(features); i++) {
        if (ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == feature) found = 1;
    }
    TLS_FEATURE_free(features);
    return found;
}

// OPENSSL_free and OPENSSL_malloc are macros.
static inline void cmx_openssl_free(void *pointer) { OPENSSL_free(pointer); }

// 1 when the newest error of this thread says that a PEM source holds no further block.
static inline int cmx_pem_at_end(void) {
    unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}
#endif
