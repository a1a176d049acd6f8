import CensusLab
import CensusModel
import CensusStore
import Foundation
import ScanSimulation

/// Where the networks of a planned scan come from, each with its number of host addresses.
enum NetworkLoads {
    /// A line may hold this much, and all networks together.
    private static let longestLine = 200
    private static let mostTargets = 50_000_000

    /// Those of an earlier scan.
    ///
    /// - Throws: `UsageError` when it has planned nothing; a store error.
    static func of(_ scan: ScanInfo, in store: Store) async throws -> [NetworkLoad] {
        let loads = try await store.networkTargets(scan.id).map {
            NetworkLoad(network: $0.network, targets: $0.targets)
        }
        guard !loads.isEmpty else { throw UsageError("Scan '\(scan.name)' has no networks yet: nothing was resolved.") }
        return loads
    }

    /// Those of a lab, by its formula.
    ///
    /// - Throws: `LabError`.
    static func of(_ lab: LabConfiguration) throws -> [NetworkLoad] {
        var targets: [CIDR: Int] = [:]
        try LabTruth(configuration: lab).forEachHost { host in
            for attempt in host.attempts where attempt.attempt == 1 {
                targets[attempt.address.politenessNetwork, default: 0] += 1
            }
        }
        return sorted(targets)
    }

    /// Those of a CSV file of `network,targets`, with or without a header; `-` is standard input. A network that stands
    /// there twice adds up.
    ///
    /// - Throws: `UsageError` that names what is wrong, with its line.
    static func read(_ file: String) throws -> [NetworkLoad] {
        var targets: [CIDR: Int] = [:]
        var total = 0
        var isFirst = true
        try LineFile.forEachLine(of: file) { line, place in
            defer { isFirst = false }
            guard line.count <= longestLine else {
                throw UsageError("\(place): '\(EscapedText.escape(line.prefix(longestLine)))' … is too long.")
            }
            let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespaces.union(["\r"]))
            if text.isEmpty || (isFirst && text.lowercased() == "network,targets") { return }
            let load = try entry(text, place: place)
            targets[load.network, default: 0] += load.targets
            total += load.targets
            guard total <= mostTargets else {
                throw UsageError("\(place): more than \(mostTargets) targets in all.")
            }
        }
        guard !targets.isEmpty else { throw UsageError("'\(EscapedText.escape(file.utf8))' names no network.") }
        return sorted(targets)
    }

    private static func entry(_ text: String, place: String) throws -> NetworkLoad {
        let shown = "\(place): '\(EscapedText.escape(text.utf8))'"
        let cells = text.split(separator: ",", omittingEmptySubsequences: false).map {
            $0.trimmingCharacters(in: .whitespaces)
        }
        guard cells.count == 2 else { throw UsageError("\(shown) is not NETWORK,TARGETS.") }
        guard let network = CIDR(cells[0]), network == network.base.politenessNetwork else {
            throw UsageError("\(shown): '\(EscapedText.escape(cells[0].utf8))' is no /24 of IPv4 and no /48 of IPv6.")
        }
        guard let targets = Int(cells[1]), (1...mostTargets).contains(targets) else {
            throw UsageError(
                "\(shown): '\(EscapedText.escape(cells[1].utf8))' is no number of targets from 1 to \(mostTargets).")
        }
        return NetworkLoad(network: network, targets: targets)
    }

    /// In an order that does not depend on chance, so that a seed means the same twice.
    private static func sorted(_ targets: [CIDR: Int]) -> [NetworkLoad] {
        targets.map { NetworkLoad(network: $0.key, targets: $0.value) }.sorted { $0.network.base < $1.network.base }
    }
}
