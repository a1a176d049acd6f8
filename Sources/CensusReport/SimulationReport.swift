import CensusModel
import ScanSimulation

/// How long a scan will take, for people (`text`) and for programs (as JSON). Times are in seconds.
public struct SimulationReport: Encodable, Sendable {
    /// What the whole scan takes.
    public struct Times: Encodable, Sendable {
        let lowerBound: Double
        /// Nil when only the bound was asked for.
        let simulated: Double?
    }

    private struct Bounds: Encodable {
        let longestNetwork, capacity, longestHost, resolving: Double
    }

    private struct Network: Encodable {
        let network: String
        let targets: Int
        let lowerBound: Double
        let ended: Double?
    }

    private struct TailPoint: Encodable {
        let share, seconds: Double
    }

    private struct Variant: Encodable {
        let change: String
        let times: Times
    }

    private let targets: Int
    private let networks: Int
    private let workers: [Int]
    private let rate: Double
    private let connections: Int
    /// Retries included; nil when nothing was simulated.
    private let probes: Int?
    private let scan: Times
    private let bounds: Bounds
    private let tail: [TailPoint]
    private let longest: [Network]
    private let variants: [Variant]

    /// The bounds of `plan`, and what a simulation came to, if there was one.
    ///
    /// - Parameter variants: what the same scan would take with these changes.
    public init(
        plan: SimulationPlan, bound: LowerBound, result: SimulationResult?,
        variants: [(change: PlanChange, bound: LowerBound, result: SimulationResult?)]
    ) {
        targets = plan.networks.reduce(0) { $0 + $1.targets }
        networks = plan.networks.count
        workers = plan.workers
        rate = plan.limits.rate
        connections = plan.limits.connections
        probes = result?.probes
        scan = Times(lowerBound: bound.seconds, simulated: result?.makespan)
        bounds = Bounds(
            longestNetwork: bound.longestNetwork, capacity: bound.capacity, longestHost: bound.longestHost,
            resolving: bound.resolving)
        tail = (result?.tail ?? []).map { TailPoint(share: $0.share, seconds: $0.seconds) }
        longest = bound.longestNetworks.map { place, seconds in
            Network(
                network: plan.networks[place].network.description, targets: plan.networks[place].targets,
                lowerBound: seconds, ended: result?.networkEnds[place])
        }
        self.variants = variants.map {
            Variant(
                change: $0.change.rawValue,
                times: Times(lowerBound: $0.bound.seconds, simulated: $0.result?.makespan))
        }
    }

    // MARK: - Text

    /// For a terminal of `style.width` columns.
    public func text(style: TextStyle) -> String {
        var lines = head
        lines += [""] + table(["", "at least", "simulated", "over"], rows: timeRows, style)
        if !tail.isEmpty {
            lines += [""]
            lines += table(
                ["probes done"] + tail.map { NumberFormat.percent($0.share) },
                rows: [["after"] + tail.map { NumberFormat.duration($0.seconds) }], style)
        }
        lines += [""]
        lines += table(
            ["longest networks", "targets", "at least"] + (probes == nil ? [] : ["ended after"]),
            rows: longest.map { network in
                [
                    network.network, NumberFormat.count(Int64(network.targets)),
                    NumberFormat.duration(network.lowerBound),
                ]
                    + (network.ended.map { [NumberFormat.duration($0)] } ?? [])
            }, style)
        return lines.joined(separator: "\n") + "\n"
    }

    private var head: [String] {
        [
            "\(NumberFormat.counted(Int64(targets), "target")) in \(NumberFormat.counted(Int64(networks), "network"))"
                + (probes.map { ", \(NumberFormat.counted(Int64($0), "probe")) with retries" } ?? ""),
            "\(NumberFormat.counted(Int64(workers.count), "worker")) with"
                + " \(NumberFormat.counted(Int64(workers.reduce(0, +)), "connection"));"
                + " to one network \(NumberFormat.volume(rate)) a second,"
                + " \(NumberFormat.counted(Int64(connections), "connection")) at once",
        ]
    }

    private var timeRows: [[String]] {
        [row("the scan", scan)]
            + [
                ("  its longest network", bounds.longestNetwork),
                ("  all probes over all connections", bounds.capacity),
                ("  the host with most waits", bounds.longestHost), ("  resolving", bounds.resolving),
            ].map { [$0.0, NumberFormat.duration($0.1), "", ""] }
            + variants.map { row(Self.label($0.change), $0.times) }
    }

    private func row(_ label: String, _ times: Times) -> [String] {
        let over = times.simulated.flatMap { times.lowerBound > 0 ? $0 / times.lowerBound - 1 : nil }
        return [
            label, NumberFormat.duration(times.lowerBound), times.simulated.map { NumberFormat.duration($0) } ?? "–",
            over.map { NumberFormat.percent(max(0, $0)) } ?? "–",
        ]
    }

    private static func label(_ change: String) -> String {
        switch PlanChange(rawValue: change) {
        case .doubleRate: "with twice the rate"
        case .doubleConnections: "with twice the connections to a network"
        case .doubleWorkers: "with twice the workers"
        case .halveWorkers: "with half the workers"
        case .noBackOff: "if no network were slowed down"
        case nil: change
        }
    }

    /// The first column to the left, the others to the right.
    private func table(_ head: [String], rows: [[String]], _ style: TextStyle) -> [String] {
        let widths = head.indices.map { column in ([head] + rows).map { TextLayout.width($0[column]) }.max() ?? 0 }
        let line = { (cells: [String]) in
            var line = cells.indices.map {
                $0 == 0 ? TextLayout.padRight(cells[$0], widths[$0]) : TextLayout.padLeft(cells[$0], widths[$0])
            }.joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line
        }
        return [style.paint(line(head), .bold)] + rows.map(line)
    }
}
