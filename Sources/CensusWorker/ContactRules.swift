import CensusModel
import CensusStore
import Logging
import Synchronization

/// Who asked to be left alone, as this worker knows it: one for all its scans.
///
/// Read before the first lease and with each renewal. The lease counts as renewed only when the rules could be read, so that
/// whatever is dialled under a lease was checked against rules of the last lease period.
final class ContactRules: Sendable {
    private struct State {
        var version: Int64?
        var optOuts = OptOuts.none
    }

    private let state = Mutex(State())

    /// What is left alone now.
    var optOuts: OptOuts { state.withLock { $0.optOuts } }

    /// Reads what changed.
    ///
    /// - Throws: a store error that repeating cannot mend; `CancellationError`.
    func refresh(from store: Store, logger: Logger) async throws {
        let known = state.withLock { $0.version }
        let read = try await StoreRetry.run(logger: logger) { try await store.contactRules(known: known) }
        if let optOuts = read.optOuts { take(optOuts, version: read.version) }
    }

    /// Replaces the rules.
    func take(_ optOuts: OptOuts, version: Int64) {
        state.withLock { $0 = State(version: version, optOuts: optOuts) }
    }

    /// Why a target may not be dialled: its name bars the whole host, its address bars the address alone. Nil when it
    /// may.
    func bar(_ address: IPAddress, of host: String, policy: ContactPolicy) -> Bar? {
        let optOuts = optOuts
        if optOuts.covers(host) { return .host }
        return policy.permits(address) && !optOuts.contains(address) ? nil : .address
    }

    enum Bar: Hashable { case host, address }

    /// What remains of an MX host's addresses: a host whose permitted addresses have all opted out is opted out itself.
    func apply(
        to resolution: HostResolution, policy: ContactPolicy
    ) -> (resolution: HostResolution, permitted: [IPAddress]) {
        let optOuts = optOuts
        let permitted = resolution.addresses.filter { policy.permits($0) && !optOuts.contains($0) }
        guard resolution.status == .ok, permitted.isEmpty else { return (resolution, permitted) }
        let barred = HostResolution(status: .optedOut, dnssec: resolution.dnssec, addresses: resolution.addresses)
        return (barred, [])
    }
}
