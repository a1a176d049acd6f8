import Foundation

/// What came of a soak, and whether that is good enough.
struct SoakReport: Sendable {
    /// Longest time that a probe may outlive its deadline.
    static let allowedOverrun = Duration.seconds(1)
    /// How much more memory the second half of the run may take than the first.
    static let allowedGrowthKiB = 16 * 1024

    private struct Row: Sendable {
        let behaviour: String
        let expected: String
        var probes = 0
        var wrong: [String: Int] = [:]
        var overrun = Duration.seconds(-86_400)
    }

    private var rows: [Row]
    let inFlight: Int
    let deadline: Duration
    let seed: UInt64
    /// Samples in the order of time.
    var residentKiB: [Int] = []

    init(expected: [(behaviour: String, words: String)], inFlight: Int, deadline: Duration, seed: UInt64) {
        rows = expected.map { Row(behaviour: $0.behaviour, expected: $0.words) }
        self.inFlight = inFlight
        self.deadline = deadline
        self.seed = seed
    }

    mutating func add(_ ending: SoakRun.Ending) {
        rows[ending.subject].probes += 1
        if ending.found != rows[ending.subject].expected { rows[ending.subject].wrong[ending.found, default: 0] += 1 }
        rows[ending.subject].overrun = max(rows[ending.subject].overrun, ending.overrun)
    }

    var passed: Bool { wrong == 0 && overrun <= Self.allowedOverrun && growthKiB <= Self.allowedGrowthKiB }

    private var probes: Int { rows.reduce(0) { $0 + $1.probes } }
    private var wrong: Int { rows.reduce(0) { $0 + $1.wrong.values.reduce(0, +) } }
    private var overrun: Duration { rows.filter { $0.probes > 0 }.map(\.overrun).max() ?? .zero }

    private var halvesKiB: (first: Int, second: Int) {
        let middle = residentKiB.count / 2
        return (residentKiB[..<middle].max() ?? 0, residentKiB[middle...].max() ?? 0)
    }

    /// Of the highest memory in the second half over that in the first.
    private var growthKiB: Int { halvesKiB.second - halvesKiB.first }

    // MARK: For people

    var text: String {
        let width = (rows.map(\.behaviour.count).max() ?? 0) + 2
        let table = rows.filter { $0.probes > 0 }.map { row in
            let name = row.behaviour.padding(toLength: width, withPad: " ", startingAt: 0)
            let life = Self.seconds(row.overrun + deadline)
            return "  \(name)\(Self.right(row.probes, 6))  \(Self.right(life, 8))  \(row.expected)\n"
                + row.wrong.sorted { $0.key < $1.key }.map { "      DIFFERS \($0.value) times: \($0.key)\n" }.joined()
        }
        return """
            \(probes) probes of \(rows.count) behaviours, \(inFlight) at once, deadline \(Self.seconds(deadline)), seed \(seed)
              behaviour, probes, longest life, expected
            \(table.joined())
            verdicts   \(wrong == 0 ? "all as expected" : "\(wrong) DIFFER")
            deadline   \(deadlineText)
            memory     \(memoryText)
            \(passed ? "passed" : "FAILED")

            """
    }

    private var deadlineText: String {
        let latest = rows.max { $0.overrun < $1.overrun }?.behaviour ?? "-"
        let sign = overrun > Self.allowedOverrun ? "TOO LATE: " : ""
        return "\(sign)the last to end lived \(Self.seconds(overrun)) beyond it (\(latest)); allowed is 1.00 s"
    }

    private var memoryText: String {
        let sign = growthKiB > Self.allowedGrowthKiB ? "GROWS: " : ""
        return "\(sign)highest \(Self.mebibytes(halvesKiB.first)) in the first half, "
            + "\(Self.mebibytes(halvesKiB.second)) in the second, \(residentKiB.count) samples; "
            + "allowed growth is \(Self.mebibytes(Self.allowedGrowthKiB))"
    }

    private static func seconds(_ duration: Duration) -> String {
        String(format: "%.2f s", duration / .milliseconds(1) / 1000)
    }

    private static func mebibytes(_ kibibytes: Int) -> String { String(format: "%.1f MiB", Double(kibibytes) / 1024) }

    private static func right(_ value: some CustomStringConvertible, _ width: Int) -> String {
        let text = value.description
        return String(repeating: " ", count: max(0, width - text.count)) + text
    }

    // MARK: For programs

    private struct Document: Encodable {
        struct Behaviour: Encodable {
            let behaviour, expected: String
            let probes: Int
            let overrunSeconds: Double
            let differing: [String: Int]
        }
        let passed: Bool
        let probes, behaviours, inFlight: Int
        let seed: UInt64
        let deadlineSeconds, overrunSeconds: Double
        let differing: Int
        let residentKibFirstHalf, residentKibSecondHalf: Int
        let rows: [Behaviour]
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let number = { (duration: Duration) in duration / .milliseconds(1) / 1000 }
        let document = Document(
            passed: passed, probes: probes, behaviours: rows.count, inFlight: inFlight, seed: seed,
            deadlineSeconds: number(deadline), overrunSeconds: number(overrun), differing: wrong,
            residentKibFirstHalf: halvesKiB.first, residentKibSecondHalf: halvesKiB.second,
            rows: rows.map {
                .init(
                    behaviour: $0.behaviour, expected: $0.expected, probes: $0.probes,
                    overrunSeconds: number($0.overrun), differing: $0.wrong)
            })
        return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }
}
