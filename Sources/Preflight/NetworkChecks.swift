import CensusModel

/// Whether names can be looked up at all.
enum DNSCheck {
    private static let why =
        "A census looks up every domain and every mail host. Without DNS all of them count as DNS failures."

    /// - Parameter servers: facts about servers that were named; nil for the system's, which must know the Internet.
    static func judge(_ answers: [MailHostAnswer], servers: NameServerFacts?) -> CheckResult {
        guard let servers else { return judge(answers) }
        if servers.answering.isEmpty {
            // No more than a warning: a server that was named on purpose may be silent about the root zone alone.
            return CheckResult(
                name: "DNS", status: .warning,
                found: "No named server answers a question for the root zone: "
                    + "\(list(servers.failing)).", why: why, remedy: "Check the servers named with --dns HOST:PORT.")
        }
        if !servers.failing.isEmpty {
            return CheckResult(
                name: "DNS", status: .warning,
                found: "\(list(servers.answering)); but \(list(servers.failing)).", why: why,
                remedy: "Leave servers out that do not answer: look-ups wait for them.")
        }
        let known = judge(answers)
        guard !answers.isEmpty, known.status != .ok else {
            return CheckResult(name: "DNS", status: .ok, found: "\(list(servers.answering)).", why: why, remedy: "")
        }
        return CheckResult(
            name: "DNS", status: .warning, found: "\(list(servers.answering)). \(known.found)", why: why,
            remedy: "Fine for a private DNS such as a lab's. For the Internet, name a resolver that knows it.")
    }

    private static func list(_ servers: [String]) -> String { servers.joined(separator: ", ") }

    static func judge(_ answers: [MailHostAnswer]) -> CheckResult {
        let failures = answers.compactMap { answer -> (name: String, reason: String)? in
            switch answer.answer {
            case .addresses(let addresses): addresses.isEmpty ? (answer.name, "no address") : nil
            case .failed(let reason): (answer.name, reason)
            }
        }
        let good = answers.count - failures.count
        guard !answers.isEmpty else {
            return CheckResult(
                name: "DNS", status: .warning, found: "Not checked: no name was given to look up.", why: why,
                remedy: "Give at least one known mail host.")
        }
        if failures.isEmpty {
            return CheckResult(
                name: "DNS", status: .ok, found: "\(good) of \(answers.count) known names resolved.", why: why,
                remedy: "")
        }
        return CheckResult(
            name: "DNS", status: good == 0 ? .problem : .warning,
            found: "\(good) of \(answers.count) known names resolved (\(words(failures))).", why: why,
            remedy: """
                Check the servers in /etc/resolv.conf, or name better ones with --dns HOST:PORT. For a big scan run a \
                resolver of your own, such as unbound, on this machine.
                """)
    }

    /// `no answer in time: a, b; no address: c`.
    private static func words(_ failures: [(name: String, reason: String)]) -> String {
        var reasons: [String] = []
        for failure in failures where !reasons.contains(failure.reason) { reasons.append(failure.reason) }
        return reasons.map { reason in
            reason + ": " + failures.filter { $0.reason == reason }.map(\.name).joined(separator: ", ")
        }.joined(separator: "; ")
    }
}

/// Whether the IPv6 Internet can be reached.
enum IPv6Check {
    /// - Parameter source: The address that the kernel would use; nil without a route.
    static func judge(source: IPAddress?) -> CheckResult {
        let why =
            "Mail hosts with only IPv6 addresses cannot be seen without it; hosts with both are probed over IPv4 first."
        let remedy = "Scan from a machine with IPv6, or accept that a few hosts stay unseen (--ipv4-only says so)."
        guard let source else {
            return CheckResult(
                name: "IPv6", status: .warning, found: "No route to the IPv6 Internet.", why: why, remedy: remedy)
        }
        guard ContactPolicy().permits(source) else {
            return CheckResult(
                name: "IPv6", status: .warning,
                found: "A route, but only the local address \(source), from which answers cannot come back.", why: why,
                remedy: remedy)
        }
        return CheckResult(
            name: "IPv6", status: .ok, found: "A route, with the address \(source).", why: why, remedy: "")
    }
}

/// Whether the name given in EHLO is one that mail servers believe.
struct EHLONameCheck: Sendable {
    private let environment: PreflightEnvironment

    init(_ environment: PreflightEnvironment) { self.environment = environment }

    private static let why = """
        Mail servers look at the name given in EHLO. One that does not exist, or does not belong to the address that \
        connects, is refused or slowed down by some, and those hosts are then not seen.
        """

    func run() async -> CheckResult {
        let name = environment.ehloName
        guard name.contains("."), let domain = DomainName(normalized: name.lowercased()) else {
            return warning(
                "\(name.isEmpty ? "The empty name" : "“\(EscapedText.escape(name.utf8))”") is no full host name.",
                "Give the full name of this machine with --ehlo-name, for example scanner.example.org.")
        }
        switch await environment.lookUp(domain.text) {
        case .failed(let reason):
            return warning("\(domain) could not be looked up: \(reason).", Self.publish)
        case .addresses(let addresses) where addresses.isEmpty:
            return warning("\(domain) has no address.", Self.publish)
        case .addresses(let addresses):
            return await confirm(domain, addresses)
        }
    }

    private static let publish = "Publish an address record for the name, or give another name with --ehlo-name."

    /// Forward-confirmed reverse DNS: one of the name's addresses has the name as its reverse.
    private func confirm(_ name: DomainName, _ addresses: [IPAddress]) async -> CheckResult {
        for address in addresses.prefix(4) {
            let names = await environment.reverse(address)
            if names.contains(where: { $0.lowercased() == name.text || $0.lowercased() == name.text + "." }) {
                return CheckResult(
                    name: "EHLO name", status: .ok,
                    found: "\(name) resolves to \(address), and \(address) back to it.", why: Self.why, remedy: "")
            }
        }
        let list = addresses.prefix(4).map(\.description).joined(separator: ", ")
        return warning(
            "\(name) resolves to \(list), but reverse DNS does not lead back to it.",
            "Set the reverse record (PTR) of this machine's address to \(name); the owner of the address block does that."
        )
    }

    private func warning(_ found: String, _ remedy: String) -> CheckResult {
        CheckResult(name: "EHLO name", status: .warning, found: found, why: Self.why, remedy: remedy)
    }
}
