import Preflight

/// How many connections this process can hold.
enum FileDescriptors {
    /// Kept for PostgreSQL, DNS, files and the event loops.
    private static let reserve = 1500
    private static let usual = 4000

    /// `asked`, or what the limit allows up to a usual size. Raises the soft limit to the hard one.
    static func concurrency(asked: Int?) -> Int {
        let limit = raiseDescriptorLimit()
        return asked ?? max(16, min(usual, Int(clamping: limit.soft) - reserve))
    }
}
