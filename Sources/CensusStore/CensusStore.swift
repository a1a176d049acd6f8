// CensusStore: everything that is remembered, in PostgreSQL.
//
// Owns: the schema's version, lists, scans, batches and leases as the program sees them, results, the summary, exports,
// and the embedded server. What happens inside the database is in `sql/`, next to its explanation.
// Must not know: DNS, SMTP, TLS, terminals. Workers use functions of the schema only, never its tables.
// Concurrency: `Store` may be used from any task; every call is one short transaction on a connection of a small pool,
// except imports and exports, which keep one for as long as they stream.
// Entry types: `Store`, `EmbeddedServer`.
