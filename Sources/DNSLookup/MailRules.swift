import CensusModel

/// What DNS answers mean for mail. Pure functions.
enum MailRules {
    /// More are not kept: the least preferred go.
    static let maxExchanges = 50
    /// More are not kept.
    static let maxAddresses = 16

    /// The meaning of an MX answer with records.
    ///
    /// A "." alone is a null MX (RFC 7505 §3); beside other exchanges it is dropped, for then it breaks that RFC. Equal
    /// exchanges count once, at their lowest preference. Nil when no record could be read.
    static func resolution(of answer: DNSAnswer) -> DomainResolution? {
        var preferences: [WireName: UInt16] = [:]
        for case .mx(let preference, let exchange) in answer.records {
            preferences[exchange] = min(preference, preferences[exchange] ?? .max)
        }
        guard !preferences.isEmpty else { return nil }
        preferences[.root] = nil
        guard !preferences.isEmpty else { return DomainResolution(status: .nullMX, dnssec: answer.dnssec) }
        let records = preferences.map { MXRecord(preference: $1, host: $0.text) }.sorted()
        return DomainResolution(status: .mx, dnssec: answer.dnssec, mx: Array(records.prefix(maxExchanges)))
    }

    /// The meaning of a name without MX: its addresses decide (RFC 5321 §5.1). `dnssec` is that of the MX answer.
    static func withoutMX(_ domain: DomainName, dnssec: DNSSECStatus, addresses: [LookupResult]) -> DomainResolution {
        var failure: DNSFailure?
        for result in addresses {
            switch result {
            case .answer(let answer) where !answer.addresses.isEmpty:
                let host = MXRecord(preference: 0, host: domain.text)
                return DomainResolution(status: .implicitMX, dnssec: dnssec, mx: [host])
            case .answer: break
            case .failure(let reason): failure = failure ?? reason
            }
        }
        if let failure { return DomainResolution(status: .dnsFailure, failure: failure, dnssec: dnssec) }
        return DomainResolution(status: .noMailHost, dnssec: dnssec)
    }

    /// The meaning of the address answers of a host: those of the families that were asked for.
    static func resolution(of results: [LookupResult], policy: ContactPolicy) -> HostResolution {
        let dnssec = results.map(\.dnssec).max { $0.weakness < $1.weakness } ?? .indeterminate
        var found: Set<IPAddress> = []
        var failure: DNSFailure?
        var exists = false
        for result in results {
            switch result {
            case .answer(let answer):
                found.formUnion(answer.addresses)
                exists = exists || answer.exists
            case .failure(let reason): failure = failure ?? reason
            }
        }
        let permitted = found.filter(policy.permits).sorted()
        let addresses = Array((permitted + found.filter { !policy.permits($0) }.sorted()).prefix(maxAddresses))
        let status: HostStatus =
            if !permitted.isEmpty {
                .ok
            } else if failure != nil {
                .dnsFailure
            } else if !found.isEmpty {
                .forbidden
            } else {
                exists ? .noAddress : .nxdomain
            }
        return HostResolution(
            status: status, failure: status == .dnsFailure ? failure : nil, dnssec: dnssec, addresses: addresses)
    }

    /// An MX host that is no host name: an address (also in brackets, as in RFC 5321 §4.1.3), or no valid name.
    static func refusal(of host: String) -> HostStatus? {
        var literal = Substring(host)
        if literal.hasPrefix("["), literal.hasSuffix("]") {
            literal = literal.dropFirst().dropLast()
            if literal.lowercased().hasPrefix("ipv6:") { literal = literal.dropFirst(5) }
        }
        if IPAddress(literal) != nil { return .ipLiteral }
        return DomainName(normalized: host) == nil ? .invalidName : nil
    }
}

extension DNSAnswer {
    var addresses: [IPAddress] {
        records.compactMap { if case .address(let address) = $0 { address } else { nil } }
    }
}

extension DNSSECStatus {
    /// Greater is weaker.
    fileprivate var weakness: Int {
        switch self {
        case .secure: 0
        case .insecure: 1
        case .indeterminate: 2
        case .bogus: 3
        }
    }
}
