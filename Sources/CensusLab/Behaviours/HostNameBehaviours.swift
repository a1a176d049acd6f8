import CensusModel

// MX hosts that DNS leads nowhere.
extension Behaviour {
    static let hostNameFamily = [
        hostNXDOMAIN, hostNoAddress, hostServfail, hostForbidden, hostIPLiteral, hostInvalidName,
    ]

    static let hostNXDOMAIN = undialled(
        "host-nxdomain", "The MX names a host that does not exist.", .nxdomain,
        reference: "RFC 5321 §5.1", advice: "Certain: nothing to dial.")

    static let hostNoAddress = undialled(
        "host-no-address", "The MX names a host without an address.", .noAddress,
        reference: "RFC 5321 §5.1", advice: "Certain: nothing to dial.")

    static let hostServfail = undialled(
        "host-servfail", "The address of the MX host is answered with SERVFAIL.", .dnsFailure,
        reference: "RFC 5321 §5.1", advice: "Not seen: a temporary error, never the same as no address.")

    static let hostForbidden = undialled(
        "host-forbidden", "The MX host has an address in private space only (10/8).", .forbidden,
        reference: "RFC 1918 §3", advice: "Never contact it.")

    static let hostIPLiteral = undialled(
        "host-ip-literal", "The MX names an IP address in the place of a host.", .ipLiteral,
        reference: "RFC 5321 §5.1", advice: "Not a host name; most senders cannot deliver.")

    static let hostInvalidName = undialled(
        "host-invalid-name", "The MX names something that is no host name.", .invalidName,
        reference: "RFC 1123 §2.1", advice: "Not a host name.")

    private static func undialled(
        _ name: String, _ summary: String, _ status: HostStatus, reference: String, advice: String
    ) -> Behaviour {
        Behaviour(
            name, summary, reference: reference, advice: advice, expect: .notDialled(status), reach: .none)
    }
}
