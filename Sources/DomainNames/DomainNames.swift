// DomainNames: from what people write to normalised names, and from host names to who runs them.
//
// Owns: normalisation (case, final dot, e-mail addresses, IDNA by libidn2) and the public suffix list (libpsl).
// Must not know: DNS, files of names, mail.
// Concurrency: no mutable state; usable from any thread.
// Entry types: `NameNormalizer`, `PublicSuffixList`.
