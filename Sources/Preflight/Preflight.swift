// Preflight: the checks of `mxcensus doctor`, which also run before a scan.
//
// Owns: what on this machine would spoil a scan's result, told before it does: port 25 blocked, no DNS, too few file
// descriptors, a wrong clock, no IPv6, no trust store, a bad EHLO name, no PostgreSQL.
// Must not know: how names are resolved, certificates are read or databases are started. Those come in as closures of
// `PreflightEnvironment`; so do all readings of the system, and tests replace them.
// Concurrency: checks are independent and run at once; every closure is Sendable and may run on any thread.
// Entry types: `Preflight`, `PreflightEnvironment`, `PreflightReport`, `raiseDescriptorLimit()`.

/// Runs the checks.
public enum Preflight {
    /// Runs every check of `environment` and gives the results in a fixed order. Takes about as long as one dial's deadline
    /// when something is blocked, else about as long as the slowest look-up. Never throws: what fails is a result.
    public static func run(_ environment: PreflightEnvironment) async -> PreflightReport {
        async let ehlo = EHLONameCheck(environment).run()
        async let postgres = environment.postgres?()
        async let servers = environment.nameServers?()
        let answers = await lookUpMailHosts(environment)
        let dialled = environment.mailHosts.isEmpty ? [] : await PortCheck(environment).run(answers)
        var checks = [DNSCheck.judge(answers, servers: await servers)] + dialled
        checks.append(IPv6Check.judge(source: environment.routeV6()))
        checks.append(DescriptorCheck.judge(environment.descriptorLimit(), concurrency: environment.concurrency))
        checks.append(ClockCheck.judge(environment.clock()))
        checks.append(TrustStoreCheck.judge(environment.trustStore()))
        checks.append(await ehlo)
        if let facts = await postgres { checks.append(PostgresCheck.judge(facts)) }
        return PreflightReport(checks: checks)
    }

    private static func lookUpMailHosts(_ environment: PreflightEnvironment) async -> [MailHostAnswer] {
        await withTaskGroup(of: (Int, MailHostAnswer).self) { group in
            for (index, name) in environment.mailHosts.enumerated() {
                group.addTask { (index, MailHostAnswer(name: name, answer: await environment.lookUp(name))) }
            }
            var answers: [(Int, MailHostAnswer)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}

/// What DNS said of one of the well-known mail hosts.
struct MailHostAnswer: Sendable {
    let name: String
    let answer: DNSCheckAnswer
}
