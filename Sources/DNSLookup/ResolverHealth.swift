/// What `MailResolver.check` found.
public struct ResolverHealth: Sendable {
    /// In the order of the configuration.
    public let servers: [ServerHealth]
    /// Whether answers are validated.
    public let validation: ValidationHealth

    /// True when at least one server answers without an error.
    public var usable: Bool { servers.contains { $0.problem == nil } }
}

/// One DNS server.
public struct ServerHealth: Sendable, CustomStringConvertible {
    /// `ADDRESS:PORT`.
    public let server: String
    /// Time to the answer; nil without one.
    public let roundTrip: Duration?
    /// What is wrong, in words; nil when the server answers NOERROR or NXDOMAIN.
    public let problem: String?

    /// One line for people.
    public var description: String {
        if let problem { return "\(server) \(problem)" }
        let milliseconds = roundTrip.map { $0 / .milliseconds(1) } ?? 0
        return "\(server) answers in \(Int(milliseconds.rounded(.up))) ms"
    }

    init(_ address: ServerAddress, _ outcome: DirectQuery.Outcome, took: Duration) {
        server = address.description
        switch outcome {
        case .silence(let reason):
            roundTrip = nil
            problem = "does not answer" + (reason.map { " (\($0))" } ?? "")
        case .response(let message, _):
            roundTrip = took
            // RFC 1035 §4.1.1. A server that knows no root zone says NXDOMAIN or REFUSED; only errors count here.
            switch message.rcode {
            case 0, 3: problem = nil
            case 2: problem = "answers SERVFAIL for the root zone: it cannot reach the Internet's name servers"
            case 5: problem = "answers REFUSED: it does not serve this machine"
            default: problem = "answers with error code \(message.rcode)"
            }
        }
    }
}

/// Whether DNSSEC validation is in force (RFC 4033 §5).
public enum ValidationHealth: Sendable, Hashable {
    case on
    /// All answers count as insecure.
    case off(reason: String)
    /// No server has answered yet.
    case undecided

    init(_ validation: LookupEngine.Validation) {
        self =
            switch validation {
            case .on: .on
            case .off(let reason): .off(reason: reason)
            case .undecided: .undecided
            }
    }
}
