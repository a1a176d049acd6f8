// CensusModel: the words of the census as values.
//
// Owns: names, addresses, networks, DNS and probe observations, outcomes, findings, verdicts, scan settings.
// Must not know: sockets, clocks, databases, C libraries. Every type is a Sendable value.
// Entry types: `DomainName`, `IPAddress`, `ProbeObservation`, `Outcome`, `DomainResolution`, `ScanSettings`.
