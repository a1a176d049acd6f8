import CMXOpenSSL
import CensusModel
import CensusReport
import Foundation

/// What a run of the weekend benchmark found.
struct WeekendResult: Sendable {
    let command: String
    /// Wall-clock seconds from reading the list to the end of the roll-up.
    let seconds: Double
    /// In the order of time; the last one was taken at the end.
    let samples: [WeekendRecorder.Sample]
    /// Names of the groups of processes, in the order of each sample's usage.
    let groups: [String]
    let summary: ScanSummary
    /// What the database grew by.
    let databaseBytes: Int64
    let comparison: LabComparison

    var domains: Double { Double(max(1, samples.last?.progress.domains ?? 1)) }
    var targets: Double { Double(max(1, samples.last?.progress.targetsDone ?? 1)) }

    /// Seconds after which this share of the probes was done; nil when there is no sample of it.
    func seconds(untilDone share: Double) -> Double? {
        samples.first { Double($0.progress.targetsDone) >= share * targets }?.elapsed
    }
}

/// A run of the weekend benchmark as Markdown.
struct WeekendReport {
    private let result: WeekendResult
    private let vocabulary: ReportVocabulary

    init(_ result: WeekendResult) throws {
        self.result = result
        vocabulary = try Words.load().report
    }

    var markdown: String {
        """
        # \(title)

            $ \(result.command)

        \(Self.machine)

        \(table(["", ""], totals))
        \(table(["", "CPU s", "µs a domain", "peak MiB, first half", "second half"], usage))
        ## Over time

        In flight: probes that were under way at that moment. Memory is in MiB; what processes share is divided among them.

        \(table(["s", "domains", "MX hosts", "probed", "in flight"] + result.groups.map { "\($0) MiB" }, curve))
        Probes done after: \(tail).

        ## Beside the study of 2014

        ```
        \(StudyReport.render(result.summary, style: TextStyle(width: 100, colour: false), vocabulary: vocabulary))```

        \(result.comparison.text)
        """
    }

    private var title: String { "\(Int(result.domains)) domains in \(Self.duration(result.seconds))" }

    private static var machine: String {
        let info = ProcessInfo.processInfo
        let memory = Double(info.physicalMemory) / 1_073_741_824
        return "\(info.activeProcessorCount) processors, \(fixed(memory, 0)) GiB, \(openSSL)"
    }

    private static var openSSL: String { OpenSSL_version(OPENSSL_VERSION).map { String(cString: $0) } ?? "OpenSSL" }

    private var totals: [[String]] {
        let last = result.samples.last?.progress
        let probing = result.samples.first?.elapsed ?? 0
        // The last sample is taken right after the end.
        let done = min(result.seconds(untilDone: 1) ?? result.seconds, result.seconds)
        return [
            ["domains", "\(last?.domains ?? 0)"],
            ["unique MX hosts", "\(last?.hosts ?? 0)"],
            ["attempts", "\(result.comparison.attempts)"],
            ["whole run, from the list to the roll-up", Self.duration(result.seconds)],
            ["… reading and importing the list", Self.duration(probing)],
            ["… until the last probe", Self.duration(done - probing)],
            ["… ending and rolling up", Self.duration(result.seconds - done)],
            ["domains a second, whole run", Self.fixed(result.domains / result.seconds, 0)],
            ["attempts a second while probing", Self.fixed(Double(result.comparison.attempts) / (done - probing), 0)],
            [
                "bytes in PostgreSQL a domain, with all indexes",
                Self.fixed(Double(result.databaseBytes) / result.domains, 0),
            ],
        ]
    }

    private var usage: [[String]] {
        let half = result.seconds / 2
        return result.groups.enumerated().map { place, group in
            let peak = { (samples: [WeekendRecorder.Sample]) in
                Self.fixed(Double(samples.map { $0.usage[place].residentKiB }.max() ?? 0) / 1024, 0)
            }
            // Not the last: while the scan's connections close, a sample misses those that end after their server was read.
            let cpu = result.samples.map { $0.usage[place].cpuSeconds }.max() ?? 0
            return [
                group, Self.fixed(cpu, 0), Self.fixed(cpu / result.domains * 1e6, 0),
                peak(result.samples.filter { $0.elapsed <= half }), peak(result.samples.filter { $0.elapsed > half }),
            ]
        }
    }

    /// Twenty moments at even distances.
    private var curve: [[String]] {
        (0...20).compactMap { step -> WeekendRecorder.Sample? in
            let time = result.seconds * Double(step) / 20
            return result.samples.min { abs($0.elapsed - time) < abs($1.elapsed - time) }
        }
        .map { sample in
            [
                Self.fixed(sample.elapsed, 0), "\(sample.progress.domainsResolved)", "\(sample.progress.hosts)",
                "\(sample.progress.targetsDone)", "\(sample.inFlight)",
            ] + sample.usage.map { Self.fixed(Double($0.residentKiB) / 1024, 0) }
        }
    }

    private var tail: String {
        [0.5, 0.9, 0.99, 0.999, 1].map { share in
            let time = result.seconds(untilDone: share).map { Self.fixed($0, 0) + " s" } ?? "–"
            return "\(Self.fixed(share * 100, share == 0.999 ? 1 : 0)) % \(time)"
        }.joined(separator: ", ")
    }

    private func table(_ head: [String], _ rows: [[String]]) -> String {
        let line = { (cells: [String]) in "| " + cells.joined(separator: " | ") + " |\n" }
        return line(head) + line(head.map { _ in "---" }) + rows.map(line).joined()
    }

    private static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

    private static func duration(_ seconds: Double) -> String {
        seconds < 120 ? fixed(seconds, 1) + " s" : "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
    }
}
