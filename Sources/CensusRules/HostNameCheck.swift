import CensusModel

/// Whether a certificate names a host (RFC 6125 §6, RFC 9525 §6).
///
/// - dNSName entries of subjectAltName count, and nothing else when there is at least one; IP addresses never do.
/// - Where the certificate has no subjectAltName at all, the common name of the subject is accepted in its place, and
///   reported: RFC 9525 §2 dropped it, old servers still depend on it.
/// - A wildcard is the whole leftmost label and stands for exactly one label; `m*.example.net`, `*.*.example.net` and
///   `*.net` match nothing.
/// - Names are compared byte by byte but for ASCII case, as A-labels: a name with U-labels matches nothing (RFC 5280 §7.2).
///   One final dot makes no difference.
public enum HostNameCheck {
    /// How the certificate names the host.
    public enum Match: Hashable, Sendable {
        case mismatch
        /// By a dNSName entry; `wildcard` when no entry names the host in full.
        case dnsName(wildcard: Bool)
        /// By the subject's common name only, for want of any subjectAltName.
        case commonName(wildcard: Bool)
    }

    /// How `certificate` names `host`.
    public static func match(_ host: DomainName, _ certificate: CertificateFacts) -> Match {
        if certificate.hasAlternativeNames {
            return best(host.text, certificate.dnsNames).map { .dnsName(wildcard: $0) } ?? .mismatch
        }
        guard let commonName = certificate.commonName else { return .mismatch }
        return best(host.text, [commonName]).map { .commonName(wildcard: $0) } ?? .mismatch
    }

    /// Nil when no name of `names` matches; else whether it takes a wildcard to match.
    private static func best(_ host: String, _ names: [String]) -> Bool? {
        var byWildcard = false
        for name in names {
            switch matches(host, name) {
            case .exact: return false
            case .wildcard: byWildcard = true
            case nil: break
            }
        }
        return byWildcard ? true : nil
    }

    private enum Kind { case exact, wildcard }

    /// Compares bytes: `String` would take canonically equivalent characters for equal, and fold more than ASCII.
    private static func matches(_ host: String, _ presented: String) -> Kind? {
        var name = presented.utf8.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }[...]
        if name.last == dot { name.removeLast() }
        if name.elementsEqual(host.utf8) { return .exact }
        guard name.starts(with: "*.".utf8), let end = host.utf8.firstIndex(of: dot) else { return nil }
        let rest = name.dropFirst(2)
        // At least two labels remain: no certificate speaks for a whole top-level domain.
        guard rest.contains(dot), !rest.contains(UInt8(ascii: "*")) else { return nil }
        return host.utf8[end...].dropFirst().elementsEqual(rest) ? .wildcard : nil
    }

    private static let dot = UInt8(ascii: ".")

    /// True when a wildcard of `certificate` would match if it covered more than one label: the usual misunderstanding.
    public static func isWildcardTooDeep(_ host: DomainName, _ certificate: CertificateFacts) -> Bool {
        certificate.dnsNames.contains { name in
            name.hasPrefix("*.") && name.dropFirst(2).contains(".") && host.text.hasSuffix(name.dropFirst())
        } && match(host, certificate) == .mismatch
    }
}
