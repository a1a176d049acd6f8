import CensusStore

/// How a lease of a long lane is gone on with before it runs out of targets, so that its network does not stand idle until
/// the last probe has ended.
struct LaneContinuation: Sendable {
    /// Targets that a lease holds at most.
    let targetsPerLane: Int
    /// Writes what was found so far and returns further targets, `max` at most: none when the lease should come to its end.
    /// Nil when nothing was written, because the lease ends anyhow. Throws what repeating does not mend.
    let more: @Sendable (_ found: LaneCompletion, _ held: [Int64], _ max: Int) async throws -> [LaneTarget]?

    /// At so many remaining targets it is time to ask, so that the network has turns to give while the database answers.
    func mark(places: Int) -> Int { min(max(targetsPerLane / 4, 2 * places), 3 * targetsPerLane / 4) }
}
