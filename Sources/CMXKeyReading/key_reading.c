// The provider behind `cmx_library_context_new`: the default provider, which is loaded into a hidden library context of
// its own, answers for everything but the list of decoders (provider(7), provider-decoder(7)).
#include "include/key_reading.h"
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <pthread.h>
#include <string.h>
#include <strings.h>

enum { most_decoders = 64 };

// Answers what is the same for every instance of the default provider: its lists of algorithms and capabilities.
static OSSL_PROVIDER *lists;
static OSSL_ALGORITHM decoders[most_decoders + 1];
static pthread_once_t once = PTHREAD_ONCE_INIT;

// Keys for key agreement alone: no signature of a handshake or a certificate is made with them.
static int cannot_sign(const char *names) {
    static const char *const agreement[] = {"DH:", "DHX:", "X25519:", "X448:", "ML-KEM"};
    for (size_t i = 0; i < sizeof agreement / sizeof *agreement; i++)
        if (strncasecmp(names, agreement[i], strlen(agreement[i])) == 0) return 1;
    return 0;
}

static int reads_certificate_keys(const OSSL_ALGORITHM *decoder) {
    const char *properties = decoder->property_definition;
    return properties != NULL && strstr(properties, "input=der") != NULL &&
           strstr(properties, "structure=SubjectPublicKeyInfo") != NULL && !cannot_sign(decoder->algorithm_names);
}

static OSSL_PROVIDER *load_default(void) {
    OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *provider = context ? OSSL_PROVIDER_load(context, "default") : NULL;
    if (!provider) OSSL_LIB_CTX_free(context);
    return provider;
}

static void make_lists(void) {
    int no_cache = 0, count = 0;
    lists = load_default();
    if (!lists) return;
    const OSSL_ALGORITHM *decoder = OSSL_PROVIDER_query_operation(lists, OSSL_OP_DECODER, &no_cache);
    for (; decoder && decoder->algorithm_names && count < most_decoders; decoder++)
        if (reads_certificate_keys(decoder)) decoders[count++] = *decoder;
}

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache) {
    (void)context;
    if (operation != OSSL_OP_DECODER) return OSSL_PROVIDER_query_operation(lists, operation, no_cache);
    *no_cache = 0;
    return decoders;
}

static int capabilities(void *context, const char *capability, OSSL_CALLBACK *callback, void *argument) {
    (void)context;
    return OSSL_PROVIDER_get_capabilities(lists, capability, callback, argument);
}

static const OSSL_PARAM *gettable(void *context) {
    static const OSSL_PARAM known[] = {OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL), OSSL_PARAM_END};
    (void)context;
    return known;
}

static int parameters(void *context, OSSL_PARAM asked[]) {
    (void)context;
    OSSL_PARAM *status = OSSL_PARAM_locate(asked, OSSL_PROV_PARAM_STATUS);
    return !status || OSSL_PARAM_set_int(status, 1);
}

static int provider_init(
    const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **context) {
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
        {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))capabilities},
        {OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))gettable},
        {OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))parameters},
        {0, NULL}};
    (void)handle, (void)in;
    // Its own for each library context, so that these share no lock.
    OSSL_PROVIDER *inner = load_default();
    if (!inner) return 0;
    // The algorithms are given this as theirs.
    *context = OSSL_PROVIDER_get0_provider_ctx(inner);
    *out = functions;
    return 1;
}

OSSL_LIB_CTX *cmx_library_context_new(void) {
    pthread_once(&once, make_lists);
    OSSL_LIB_CTX *context = lists ? OSSL_LIB_CTX_new() : NULL;
    if (!context) return NULL;
    if (OSSL_PROVIDER_add_builtin(context, "mxcensus", provider_init) != 1 || !OSSL_PROVIDER_load(context, "mxcensus")) {
        OSSL_LIB_CTX_free(context);
        return NULL;
    }
    return context;
}
