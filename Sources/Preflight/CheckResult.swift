/// How a check came out, from best to worst.
public enum CheckStatus: String, CaseIterable, Sendable, Codable, Comparable {
    case ok
    /// A scan works, but its result is worth less than it could be, or the check could not be made.
    case warning
    /// The result of a scan would be wrong, or there would be none.
    case problem

    /// From best to worst.
    public static func < (left: CheckStatus, right: CheckStatus) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// One check.
public struct CheckResult: Hashable, Sendable, Codable {
    /// A short name, stable.
    public let name: String
    /// How it came out.
    public let status: CheckStatus
    /// What was found.
    public let found: String
    /// Why it matters for a census.
    public let why: String
    /// What to do; empty when all is well.
    public let remedy: String

    /// A result.
    public init(name: String, status: CheckStatus, found: String, why: String, remedy: String) {
        self.name = name
        self.status = status
        self.found = found
        self.why = why
        self.remedy = remedy
    }
}
