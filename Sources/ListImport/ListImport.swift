// ListImport: lists of mail domains as people have them, read in bounded memory.
//
// Owns: reading files and standard input in chunks, plain and delimited forms (RFC 4180), header detection, weights,
// the reasons for which a line is rejected.
// Must not know: databases; what a domain is, beyond what `DomainNames` says of a text.
// Concurrency: a `ListReader` belongs to one task at a time and blocks its thread while it reads. All values are
// Sendable.
// Entry types: `ListReader`, `ListOptions`, `ListChunk`, `ImportReport`, `ListError`.
