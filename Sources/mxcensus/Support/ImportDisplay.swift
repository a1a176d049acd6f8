import CensusModel
import CensusReport

/// Shows how far an import is: a line redrawn in place on a terminal, log lines elsewhere. Short imports show nothing.
struct ImportDisplay {
    private let list: String
    private let began = ContinuousClock.now
    private let redraws = Console.errorIsTerminal
    private var meter: ImportMeter

    init(list: String) {
        self.list = list
        meter = ImportMeter(interval: redraws ? 0.5 : 10)
    }

    mutating func show(_ progress: ImportProgress) {
        guard let line = meter.line(progress, elapsed: began.duration(to: .now) / .seconds(1)) else { return }
        if redraws {
            clear()
            Console.errorRaw(String("\(list): \(line)".prefix(max(20, Console.width - 1))))
        } else {
            Console.error("\(list): \(line)")
        }
    }

    /// Takes the line away, so that another may follow.
    func clear() { if redraws { Console.errorRaw("\r\u{1b}[K") } }
}
