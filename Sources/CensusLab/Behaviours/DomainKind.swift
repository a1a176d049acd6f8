import CensusModel

/// How DNS answers for a domain of the lab. `<raw value>.behaviour.lab.test` is a domain of each kind.
public enum DomainKind: String, CaseIterable, Sendable {
    /// MX records.
    case mx
    /// An alias (CNAME) of a name that has the MX records.
    case aliased
    /// So many MX records that the answer only comes over TCP.
    case manyMX = "many-mx"
    /// No MX record but an address.
    case implicit
    /// A single MX of `.`.
    case nullMX = "null-mx"
    /// Neither MX records nor an address.
    case noMailHost = "no-mail-host"
    /// The name does not exist.
    case nxdomain
    /// The server fails.
    case servfail
    /// The server never answers.
    case timeout

    /// What the lab's DNS does.
    public var summary: String {
        switch self {
        case .mx: "Has one or several MX records."
        case .aliased: "Is an alias (CNAME) of a name that has MX records."
        case .manyMX: "Has 30 to 45 MX records; over UDP only the truncation bit comes."
        case .implicit: "Has no MX record but an address: it is its own mail host."
        case .nullMX: "Has a single MX record of `.`."
        case .noMailHost: "Exists, without MX record and without address."
        case .nxdomain: "Does not exist."
        case .servfail: "Every question about it is answered with SERVFAIL."
        case .timeout: "No question about it is ever answered."
        }
    }

    /// The text that a careful client goes by.
    public var reference: String {
        switch self {
        case .mx, .implicit, .noMailHost: "RFC 5321 §5.1"
        case .aliased: "RFC 1034 §3.6.2"
        case .manyMX: "RFC 7766 §5"
        case .nullMX: "RFC 7505 §3"
        case .nxdomain: "RFC 8020 §2"
        case .servfail: "RFC 2308 §7.1"
        case .timeout: "RFC 2308 §7.2"
        }
    }

    /// What a careful client concludes, for people.
    public var advice: String {
        switch self {
        case .mx: "Deliver to the hosts by preference."
        case .aliased: "Follow the alias."
        case .manyMX: "Ask again over TCP."
        case .implicit: "Deliver to the address of the domain itself."
        case .nullMX: "The domain takes no mail."
        case .noMailHost: "There is nowhere to deliver to."
        case .nxdomain: "There is no such domain."
        case .servfail, .timeout: "Nothing is known: never the same as no mail host."
        }
    }
}

extension DomainKind {
    /// What a perfect scan records.
    public var status: DomainStatus {
        switch self {
        case .mx, .aliased, .manyMX: .mx
        case .implicit: .implicitMX
        case .nullMX: .nullMX
        case .noMailHost: .noMailHost
        case .nxdomain: .nxdomain
        case .servfail, .timeout: .dnsFailure
        }
    }

    /// What a perfect scan records; nil unless DNS failed.
    public var failure: DNSFailure? {
        switch self {
        case .servfail: .servfail
        case .timeout: .timeout
        case .mx, .aliased, .manyMX, .implicit, .nullMX, .noMailHost, .nxdomain: nil
        }
    }

    /// What becomes of an MX host that has the name of such a domain.
    var hostStatus: HostStatus {
        switch self {
        case .nxdomain: .nxdomain
        case .servfail, .timeout: .dnsFailure
        case .mx, .aliased, .manyMX, .implicit, .nullMX, .noMailHost: .noAddress
        }
    }
}
