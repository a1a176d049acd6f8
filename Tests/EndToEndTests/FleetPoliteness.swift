import Foundation
import Testing

/// Every connection to the lab's hosts, as its connection log has them.
struct LabConnections {
    struct Event {
        /// Nanoseconds of the monotonic clock.
        let time: UInt64
        let opens: Bool
    }

    /// Of each /24, by its first three numbers.
    private(set) var networks: [String: [Event]] = [:]

    /// The kernel dates what it receives by its tick, of which the longest is 10 ms; both ends of a gap are so dated.
    private static let tick = 0.02
    /// The lab's host may notice late that a client has closed its connection, when the machine is busy.
    private static let noticing = 1.0

    init(file: String) throws {
        for line in try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n") {
            let words = line.split(separator: " ")
            try #require(words.count == 3)
            let network = words[2].split(separator: ".").prefix(3).joined(separator: ".")
            networks[network, default: []].append(
                Event(time: try #require(UInt64(words[0])), opens: words[1] == "open"))
        }
    }

    /// The same networks, seen from several places.
    init(joining logs: [LabConnections]) {
        for log in logs { networks.merge(log.networks) { $0 + $1 } }
    }

    var count: Int { networks.values.map { $0.count(where: \.opens) }.reduce(0, +) }

    /// Seconds of the monotonic clock.
    var starts: [Double] { networks.values.flatMap { $0.filter(\.opens).map { Double($0.time) / 1e9 } } }

    /// Where two starts in a network were nearer than `1 / rate`, by more than the kernel's clock explains.
    func tooFast(rate: Double) -> [String] {
        networks.flatMap { network, events in
            let starts = events.filter(\.opens).map(\.time).sorted()
            return zip(starts, starts.dropFirst()).compactMap { first, second in
                let gap = Double(second - first) / 1e9
                return gap < 1 / rate - Self.tick ? "\(network): \(first) + \(gap) s" : nil
            }
        }
    }

    /// Where more than `limit` connections were open in a network: with those that had ended a moment before, whose end the
    /// lab's host had not noticed yet, left out.
    func tooMany(limit: Int) -> [String] {
        networks.compactMap { network, events in
            let changes =
                events.filter(\.opens).map { (Double($0.time) / 1e9, 1) }
                + events.filter { !$0.opens }.map { (Double($0.time) / 1e9 - Self.noticing, -1) }
            var open = 0
            for (time, change) in changes.sorted(by: { $0 < $1 }) {
                open += change
                if open > limit { return "\(network): \(open) at \(time)" }
            }
            return nil
        }
    }
}
