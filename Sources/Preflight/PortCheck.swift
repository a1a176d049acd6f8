import CensusModel

/// Whether mail can leave this network: port 25 is often blocked, and a scan from behind such a block would find that nobody
/// has a mail server.
///
/// One failure says nothing: a single host may be down, or dislike us. So it takes several, of operators independent of each
/// other, and none that answers.
struct PortCheck: Sendable {
    /// Failures of different hosts needed before a port is called blocked.
    static let several = 3

    private let environment: PreflightEnvironment

    init(_ environment: PreflightEnvironment) { self.environment = environment }

    /// One attempt.
    struct Attempt: Sendable {
        let host: String
        let address: IPAddress
        let result: DialResult
    }

    /// Dials the first permitted address of each host and family, all at once. IPv6 is left out without a global route,
    /// which `IPv6Check` reports.
    func run(_ answers: [MailHostAnswer]) async -> [CheckResult] {
        let hasRouteV6 = environment.routeV6().map(environment.policy.permits) ?? false
        let targets = answers.flatMap { answer -> [(String, IPAddress)] in
            guard case .addresses(let all) = answer.answer else { return [] }
            let permitted = all.filter(environment.policy.permits)
            let firsts = [permitted.first { !$0.isV6 }, hasRouteV6 ? permitted.first { $0.isV6 } : nil]
            return firsts.compactMap { $0.map { (answer.name, $0) } }
        }
        let attempts = await withTaskGroup(of: (Int, Attempt).self) { group in
            for (index, (host, address)) in targets.enumerated() {
                group.addTask { [environment] in
                    let result = await environment.dial(address, environment.port)
                    return (index, Attempt(host: host, address: address, result: result))
                }
            }
            var attempts: [(Int, Attempt)] = []
            for await attempt in group { attempts.append(attempt) }
            return attempts.sorted { $0.0 < $1.0 }.map(\.1)
        }
        let (v4, v6) = (attempts.filter { !$0.address.isV6 }, attempts.filter { $0.address.isV6 })
        let worksOverV6 = v6.contains(where: \.answered)
        var results = [Self.judge(v4, "IPv4", port: environment.port, other: worksOverV6)]
        if !v6.isEmpty {
            results.append(Self.judge(v6, "IPv6", port: environment.port, other: v4.contains(where: \.answered)))
        }
        return results
    }

    /// - Parameter other: The other family works, so a block of this one spoils a part only.
    static func judge(_ attempts: [Attempt], _ family: String, port: UInt16, other: Bool) -> CheckResult {
        let name = "port \(port) over \(family)"
        let why = """
            A census connects to port \(port) of every mail host. Where that is blocked, hosts that are well look as if they \
            were down.
            """
        guard !attempts.isEmpty else {
            return CheckResult(
                name: name, status: other ? .ok : .warning,
                found: "Not checked: no \(family) address of a known mail host was found.", why: why,
                remedy: other ? "" : "Mend DNS first, then run the check again.")
        }
        let answered = attempts.filter(\.answered)
        if !answered.isEmpty {
            return CheckResult(
                name: name, status: .ok, found: "\(answered.count) of \(attempts.count) known mail hosts answered.",
                why: why, remedy: "")
        }
        let list = attempts.map { "\($0.host) [\($0.address)] \($0.words)" }.joined(separator: "; ")
        if attempts.count < several {
            return CheckResult(
                name: name, status: .warning,
                found: "None of \(attempts.count) known mail hosts answered, too few to be sure: \(list).", why: why,
                remedy: "Run the check again, when DNS gives the addresses of more of them.")
        }
        return CheckResult(
            name: name, status: other ? .warning : .problem,
            found: "Blocked: none of \(attempts.count) known mail hosts answered: \(list).", why: why,
            remedy: """
                Ask your provider to open outbound port \(port), or scan from a machine where it is open. Many hosting \
                providers block it until asked; home connections usually have it blocked for good.
                """ + (other ? " Or leave \(family) out of the scan." : ""))
    }
}

extension PortCheck.Attempt {
    var answered: Bool { if case .connected = result { true } else { false } }

    fileprivate var words: String {
        switch result {
        case .connected: "answered"
        case .refused: "refused"
        case .timedOut: "did not answer in time"
        case .failed(let reason): reason
        }
    }
}
