/// Another way to do the same scan, for comparison.
public enum PlanChange: String, Sendable, CaseIterable {
    case doubleRate = "double_rate"
    case doubleConnections = "double_connections"
    case doubleWorkers = "double_workers"
    case halveWorkers = "halve_workers"
    /// The hosts that never greet are out of reach instead, so that no network is slowed down.
    case noBackOff = "no_back_off"

    /// `plan` with this change; nil when it would change nothing.
    public func applied(to plan: SimulationPlan) -> SimulationPlan? {
        var plan = plan
        switch self {
        case .doubleRate: plan.limits.rate *= 2
        case .doubleConnections: plan.limits.connections *= 2
        case .doubleWorkers: plan.workers += plan.workers
        case .halveWorkers:
            guard plan.workers.count > 1 else { return nil }
            plan.workers.removeLast(plan.workers.count / 2)
        case .noBackOff:
            guard plan.hosts.silentShare > 0 else { return nil }
            plan.hosts.unreachableShare += plan.hosts.silentShare
            plan.hosts.silentShare = 0
        }
        return plan
    }
}
