import ArgumentParser
import CensusModel
import CensusStore
import Foundation

/// `pause`, `resume` and `cancel`: what they take, and what they say.
struct ScanControlOptions: ParsableArguments {
    @Argument(help: "Name or number of the scan.")
    var scan: String
    @OptionGroup var database: DatabaseOptions

    /// Finds the scan, changes it, and says what it is now.
    func change(_ change: @escaping @Sendable (Store, Int64) async throws -> Void, to words: String) async throws {
        try await database.withStore { store in
            let scan = try await store.find(scan)
            do {
                try await change(store, scan.id)
            } catch let error as StoreError where error.sqlState == "MX005" {
                throw UsageError("Scan '\(scan.name)' is \(scan.state.rawValue): it cannot be \(words).")
            }
            let state = try await store.findScan(id: scan.id)?.state ?? scan.state
            print("Scan '\(scan.name)' is \(state.rawValue).")
        }
    }
}

struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let nothing of a scan be leased any more; what is in flight ends.",
        discussion: "Example:\n  mxcensus pause customers-2026-w48")
    @OptionGroup var options: ScanControlOptions
    func run() async throws { try await options.change({ try await $0.pause($1) }, to: "paused") }
}

struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Let a paused scan go on.", discussion: "Example:\n  mxcensus resume customers-2026-w48")
    @OptionGroup var options: ScanControlOptions
    func run() async throws { try await options.change({ try await $0.resume($1) }, to: "resumed") }
}

struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "End a scan before its time. What it has found stays.",
        discussion: """
            Nothing is leased any more; the scan is cancelled when the last lease has ended, by a running coordinator.

            Example:
              mxcensus cancel customers-2026-w48
            """)
    @OptionGroup var options: ScanControlOptions
    func run() async throws { try await options.change({ try await $0.cancel($1) }, to: "cancelled") }
}

struct Batches: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Batches that were given up after five leases without a result.",
        subcommands: [List.self, Retry.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show the dead batches of a scan with their last error.",
            discussion: "Example:\n  mxcensus batches list latest")
        @Argument(help: "Name or number of the scan. (default: the latest)")
        var scan: String?
        @Flag(help: "Write JSON.")
        var json = false
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try await database.withStore { store in
                let dead = try await store.deadBatches(try await store.find(scan).id)
                if json { return try Console.output(json: dead) }
                guard !dead.isEmpty else { return print("No batch was given up.") }
                Console.output(DeadBatch.table(dead))
            }
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the dead batches of a scan ready again.",
            discussion: "A finished scan runs again until they are done.\n\nExample:\n  mxcensus batches retry latest")
        @Argument(help: "Name or number of the scan.")
        var scan: String
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try await database.withStore { store in
                let scan = try await store.find(scan)
                let count = try await store.retryDead(scan.id)
                print(count == 0 ? "No batch was given up." : "\(count) of '\(scan.name)' are ready again.")
            }
        }
    }
}

struct Lanes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Networks of a scan: which take longest, and which are slowed down.",
        discussion: """
            A lane is a network (/24 or /48). The longest lane bounds how soon a scan can end; a slowed lane met hosts \
            that pushed back.

            Examples:
              mxcensus lanes
              mxcensus lanes customers-2026-w48 --slowest --limit 50
            """)
    @Argument(help: "Name or number of the scan. (default: the latest)")
    var scan: String?
    @Flag(help: "Those that are slowed down most, instead of those that take longest.")
    var slowest = false
    @Option(help: "How many.")
    var limit: Int = 20
    @Flag(help: "Write JSON.")
    var json = false
    @OptionGroup var database: DatabaseOptions

    func validate() throws {
        if !(1...100_000).contains(limit) {
            throw ValidationError("--limit must be between 1 and 100000, not \(limit).")
        }
    }

    func run() async throws {
        try await database.withStore { store in
            let lanes = try await store.lanes(
                try await store.find(scan).id, order: slowest ? .slowest : .longest, limit: limit)
            if json { return try Console.output(json: lanes) }
            guard !lanes.isEmpty else {
                return print(slowest ? "No network is slowed down." : "No network has anything left to probe.")
            }
            Console.output(LaneState.table(lanes))
        }
    }
}
