// CensusLab: a deterministic small Internet on 127.0.0.0/8, the test instrument of the census.
//
// Owns: a formula that gives every name, address, behaviour and weight of a profile (`LabWorld`); a DNS server and a farm
// of SMTP servers that play it with real sockets, real TLS (BoringSSL, not the scanner's OpenSSL, but for the behaviours
// that BoringSSL cannot play: folder `OpenSSL`) and real certificates;
// and the truth, everything that a perfect scan must find, computed from the formula alone.
// Must not know: the scanner. Nothing of the census but its vocabulary (CensusModel) is imported, so that the lab can
// contradict it.
// Concurrency: the formula and the truth are values. Connections live on their event loop; what they share locks inside.
// Memory does not depend on the number of domains.
// Entry types: `Lab`, `LabConfiguration`, `LabDomains`, `LabTruth`, `Behaviour`.
