// DNSLookup: where a domain's mail goes, asked of DNS.
//
// Owns: the library that asks (libunbound on a libevent loop), the stub that asks before it where nothing is to be
// validated, retries and deadlines, DNSSEC status, the parsing of answers, and the mail rules of DNS (MX, implicit and null
// MX, CNAME chains, addresses).
// Must not know: SMTP, databases, scans.
// Concurrency: one thread for each resolver runs the event loop; the actor `LookupEngine` lives on it, and nothing else
// touches the library. Callers await; they never block.
// Entry types: `MailResolver`, `ResolverConfiguration`, `ResolverHealth`.
