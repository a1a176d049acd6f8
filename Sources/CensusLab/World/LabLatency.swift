import Foundation
import NIOCore

/// How long hosts take to answer, each its own time: log-normal, as round trips over the Internet are. By formula, so that
/// nothing is kept for each host.
public struct LabLatency: Hashable, Sendable {
    /// Milliseconds; half of the hosts take longer.
    public var median: Double
    /// Standard deviation of the natural logarithm.
    public var spread: Double
    /// No host takes longer, in milliseconds: so that a scan with deadlines above that finds the truth.
    public var most: Double

    /// One host in twenty takes more than `median` · e^(1.645 · `spread`).
    public init(median: Double, spread: Double, most: Double) {
        self.median = median
        self.spread = spread
        self.most = most
    }

    /// Of the host at an IPv4 address of 127/8.
    func time(at address: UInt32, mixer: Mixer) -> TimeAmount {
        let draw = { (purpose: Mixer.Purpose) in
            (Double(mixer.draw(purpose, UInt64(address)) >> 11) + 0.5) * 0x1p-53
        }
        // Box and Muller's method.
        let normal = (-2 * log(draw(.latencyRadius))).squareRoot() * cos(2 * .pi * draw(.latencyAngle))
        return .microseconds(Int64(min(median * exp(spread * normal), most) * 1000))
    }
}
