/// How gently a network is treated at each slowdown: never less gently than its limits say.
public struct NetworkPace: Hashable, Sendable {
    /// A 64th of the limits.
    private static let greatestSlowdown = 6

    /// `slowdown` between none and the greatest.
    public static func bounded(_ slowdown: Int) -> Int { min(max(slowdown, 0), greatestSlowdown) }

    private let connections: Int
    private let gap: Duration
    private let gapSeconds: Double

    /// The pace of a network that is not slowed down is that of its limits.
    public init(_ limits: NetworkLimits) {
        // A limit of none would make everyone wait for ever.
        connections = max(1, limits.connections)
        gapSeconds = limits.rate > 0 ? 1 / limits.rate : 0
        gap = .seconds(gapSeconds)
    }

    /// Between two starts.
    public func gap(_ slowdown: Int) -> Duration { gap * (1 << slowdown) }

    /// The same in seconds.
    public func gapSeconds(_ slowdown: Int) -> Double { gapSeconds * Double(1 << slowdown) }

    /// Open at once.
    public func connections(_ slowdown: Int) -> Int { max(1, connections >> slowdown) }
}
