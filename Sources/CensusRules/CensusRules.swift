// CensusRules: from what was observed to what it means.
//
// Owns: the findings (one rule per file in `Findings/`, each with its RFC section), the check of the host name
// against a certificate, the outcome of a probe as its first cause, whether a probe was conclusive, and the verdict
// of a domain.
// Must not know: sockets, clocks, databases, OpenSSL. Everything is a pure function of values, so that old
// observations can be judged again at another time or against another trust store.
// Concurrency: no state at all; usable from any thread.
// Entry types: `Judge`, `DomainJudge`, `HostNameCheck`, `BlockingText`.
