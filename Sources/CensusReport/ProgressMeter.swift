import CensusModel

import func Foundation.exp

/// How far a scan is at one moment.
public struct ProgressSample: Hashable, Sendable {
    /// The counts of the scan.
    public var progress: ScanProgress
    /// Seconds since this run began.
    public var elapsed: Double
    /// Probes under way.
    public var inFlight: Int
    /// Probes that were inconclusive so far, retries included.
    public var inconclusive: Int64
    /// Probes per second just now; nil when it should be taken from the counts of two samples.
    public var recentRate: Double?

    /// The state of a scan at `elapsed` seconds.
    public init(
        progress: ScanProgress, elapsed: Double, inFlight: Int, inconclusive: Int64 = 0, recentRate: Double? = nil
    ) {
        self.progress = progress
        self.elapsed = elapsed
        self.inFlight = inFlight
        self.inconclusive = inconclusive
        self.recentRate = recentRate
    }
}

/// Turns samples into progress for a terminal, a log or a program. Pure: it has no clock, time comes with each sample.
public struct ProgressMeter: Sendable {
    /// What is known of the time that is left.
    public enum TimeLeft: Hashable, Sendable {
        case done
        /// Names are still being resolved, so the number of probes still grows.
        case growing
        /// Nothing moves: too early to say, or only retries are waited for.
        case unknown
        /// Seconds at the present rate. Retries that are still to come are not in it.
        case about(Double)
    }

    let scan: String
    private let logInterval: Double
    private(set) var sample: ProgressSample?
    /// Per second, smoothed; nil before the second sample.
    private(set) var domainRate: Double?
    private(set) var probeRate: Double?
    private var drawnLines = 0
    private var lastLog: Double?
    private var loggedCompletion = false

    /// Seconds over which rates are smoothed: steady to read, and quick enough to see a stall.
    private static let smoothing: Double = 8

    /// - Parameter logInterval: Seconds between two log lines.
    public init(scan: String, logInterval: Double = 10) {
        self.scan = scan
        self.logInterval = logInterval
    }

    /// Takes the state of the scan. A sample that is not later than the last one replaces it and moves no rate.
    public mutating func update(_ new: ProgressSample) {
        defer { sample = new }
        guard let old = sample, new.elapsed > old.elapsed else { return }
        let seconds = new.elapsed - old.elapsed
        let domains = Double(new.progress.domainsResolved - old.progress.domainsResolved) / seconds
        let probes = new.recentRate ?? Double(new.progress.targetsDone - old.progress.targetsDone) / seconds
        domainRate = Self.smooth(domainRate, max(0, domains), over: seconds)
        probeRate = Self.smooth(probeRate, max(0, probes), over: seconds)
    }

    private static func smooth(_ old: Double?, _ new: Double, over seconds: Double) -> Double {
        guard let old else { return new }
        return old + (new - old) * (1 - exp(-seconds / smoothing))
    }

    /// What can honestly be said now.
    public var timeLeft: TimeLeft {
        guard let sample else { return .unknown }
        let progress = sample.progress
        if progress.complete { return .done }
        if progress.domainsResolved < progress.domains { return .growing }
        guard let probeRate, probeRate >= 0.05, progress.targetsDone < progress.targets else { return .unknown }
        return .about(Double(progress.targets - progress.targetsDone) / probeRate)
    }

    /// The time left in words.
    var timeLeftText: String {
        switch timeLeft {
        case .done: "done"
        case .growing: "time left unknown until all names are resolved"
        case .unknown: "time left unknown"
        case .about(let seconds): "about \(NumberFormat.duration(max(1, seconds), whole: true)) left, retries apart"
        }
    }

    /// The same in fewer words, for narrow terminals.
    var shortTimeLeftText: String {
        switch timeLeft {
        case .done: "done"
        case .growing, .unknown: "time left not known"
        case .about(let seconds): "about \(NumberFormat.duration(max(1, seconds), whole: true)) left"
        }
    }

    // MARK: Terminal

    /// Two lines, neither wider than the terminal; none before the first sample.
    public func lines(_ style: TextStyle) -> [String] { ProgressLines(self, style)?.lines ?? [] }

    /// The two lines, with the control sequences that draw them over those of the last call.
    public mutating func redraw(_ style: TextStyle) -> String {
        let lines = lines(style)
        guard !lines.isEmpty else { return "" }
        let text = clear() + lines.joined(separator: "\n") + "\n"
        drawnLines = lines.count
        return text
    }

    /// The control sequences that take the drawn lines away, before something else is printed. Empty when none are drawn.
    public mutating func clear() -> String {
        defer { drawnLines = 0 }
        return drawnLines > 0 ? "\u{1b}[\(drawnLines)F\u{1b}[J" : ""
    }

    // MARK: Log and programs

    /// A line for a log, without time and line end, when one is due: at first, each `logInterval` seconds, and at the end.
    public mutating func logLine() -> String? {
        guard let sample else { return nil }
        let completion = sample.progress.complete && !loggedCompletion
        if let lastLog, sample.elapsed < lastLog + logInterval, !completion { return nil }
        lastLog = sample.elapsed
        if completion { loggedCompletion = true }
        let progress = sample.progress
        var parts = [
            "\(TextLayout.visible(scan)):",
            "names \(NumberFormat.count(progress.domainsResolved)) of \(NumberFormat.count(progress.domains)),",
            "probes \(NumberFormat.count(progress.targetsDone)) of \(NumberFormat.count(progress.targets))"
                + (timeLeft == .growing ? " so far," : ","),
        ]
        if let domainRate, progress.domainsResolved < progress.domains {
            parts.append("\(Self.rate(domainRate)) names,")
        }
        if let probeRate, !progress.complete { parts.append("\(Self.rate(probeRate)) probes,") }
        parts.append("\(NumberFormat.count(Int64(sample.inFlight))) in flight,")
        parts.append("\(NumberFormat.count(sample.inconclusive)) inconclusive,")
        if progress.deadBatches > 0 { parts.append("\(NumberFormat.count(progress.deadBatches)) batches given up,") }
        parts.append("\(NumberFormat.duration(sample.elapsed, whole: true)) elapsed, \(timeLeftText)")
        return parts.joined(separator: " ")
    }

    /// One JSON object without line end. Stable keys: `event` (`progress`), `scan`, `elapsed_s`, `domains`,
    /// `domains_resolved`, `hosts`, `targets`, `targets_done`, `dead_batches`, `in_flight`, `inconclusive`,
    /// `domains_per_s`, `probes_per_s` (null before the second sample), `time_left` (`done`, `growing`, `unknown`,
    /// `about`), `time_left_s` (null unless `about`; 0 when done), `complete`. Empty before the first sample.
    public func jsonLine() -> String {
        guard let sample else { return "" }
        var json = JSONWriter()
        json.object { json in
            json.key("event")
            json.string("progress")
            json.key("scan")
            json.string(scan)
            json.key("elapsed_s")
            json.number(Self.milli(sample.elapsed))
            counts(sample, &json)
            json.key("domains_per_s")
            json.number(domainRate.map(Self.milli))
            json.key("probes_per_s")
            json.number(probeRate.map(Self.milli))
            let (name, seconds) = timeLeftJSON
            json.key("time_left")
            json.string(name)
            json.key("time_left_s")
            json.number(seconds)
            json.key("complete")
            json.bool(sample.progress.complete)
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private func counts(_ sample: ProgressSample, _ json: inout JSONWriter) {
        json.key("domains")
        json.number(sample.progress.domains)
        json.key("domains_resolved")
        json.number(sample.progress.domainsResolved)
        json.key("hosts")
        json.number(sample.progress.hosts)
        json.key("targets")
        json.number(sample.progress.targets)
        json.key("targets_done")
        json.number(sample.progress.targetsDone)
        json.key("dead_batches")
        json.number(sample.progress.deadBatches)
        json.key("in_flight")
        json.number(sample.inFlight)
        json.key("inconclusive")
        json.number(sample.inconclusive)
    }

    private var timeLeftJSON: (String, Double?) {
        switch timeLeft {
        case .done: ("done", 0)
        case .growing: ("growing", nil)
        case .unknown: ("unknown", nil)
        case .about(let seconds): ("about", seconds.rounded())
        }
    }

    private static func milli(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    /// `312/s`, or `0.4/s` where whole numbers would read as nothing.
    static func rate(_ perSecond: Double) -> String {
        let digits = perSecond > 0 && perSecond < 10 ? 1 : 0
        return (digits == 1 ? NumberFormat.fixed(perSecond, digits: 1) : NumberFormat.volume(perSecond.rounded()))
            + "/s"
    }
}
