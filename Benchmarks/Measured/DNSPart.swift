import CensusModel
import DNSLookup

/// MX lookups of names that nobody asked for before, as scans do them. Writes CPU time of the whole process per lookup, in
/// microseconds.
struct DNSPart {
    let resolver: MailResolver
    let lookups: Int
    let outstanding: Int

    /// `PORT LOOKUPS OUTSTANDING`
    init(_ arguments: inout Arguments) throws {
        let server = "127.0.0.1:\(try arguments.next("PORT") as UInt16)"
        lookups = try arguments.next("LOOKUPS")
        outstanding = try arguments.next("OUTSTANDING")
        resolver = try MailResolver(
            ResolverConfiguration(servers: [server], maxInFlight: outstanding, validateDNSSEC: false))
    }

    func run() async throws {
        // Other names than those that are measured.
        try await lookUp(lookups..<lookups + outstanding)
        let before = Usage.cpu
        try await lookUp(0..<lookups)
        print((Usage.cpu - before) / Double(lookups))
        await resolver.shutdown()
    }

    private func lookUp(_ numbers: Range<Int>) async throws {
        let good = await withTaskGroup(of: Int.self) { group in
            for lane in 0..<outstanding {
                group.addTask {
                    var good = 0
                    for number in stride(from: numbers.lowerBound + lane, to: numbers.upperBound, by: outstanding) {
                        if await isGood(number) { good += 1 }
                    }
                    return good
                }
            }
            return await group.reduce(0, +)
        }
        guard good == numbers.count else { throw Failure("only \(good) of \(numbers.count) lookups were answered") }
    }

    private func isGood(_ number: Int) async -> Bool {
        guard let name = DomainName(normalized: "n\(number).bench.example") else { return false }
        let resolution = await resolver.resolveDomain(name)
        return resolution.status == .mx && resolution.mx.count == 1
    }
}
