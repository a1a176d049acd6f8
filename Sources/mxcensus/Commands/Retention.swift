import ArgumentParser
import CensusStore

struct Retention: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "How many scans of a list are kept. The leading coordinator drops the others.",
        discussion: """
            Without a rule everything is kept. The latest finished scan of a list is never dropped, nor one that runs.

            Examples:
              mxcensus retention set --keep-scans 12
              mxcensus retention set --keep-months 24 --list customers
              mxcensus retention show
              mxcensus retention off --list customers
            """,
        subcommands: [Set.self, Show.self, Off.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Set what is kept.", discussion: "Example:\n  mxcensus retention set --keep-scans 12")
        @Option(help: "So many ended scans of a list are kept.")
        var keepScans: Int?
        @Option(help: "Scans that ended so many months ago are dropped.")
        var keepMonths: Int?
        @Option(help: "Of this list only. (default: of all lists without a rule of their own)")
        var list: String?
        @OptionGroup var database: DatabaseOptions

        func validate() throws {
            if keepScans == nil, keepMonths == nil {
                throw ValidationError("Say what is kept: --keep-scans N, --keep-months M, or both.")
            }
            for (name, value) in [("--keep-scans", keepScans), ("--keep-months", keepMonths)] {
                if let value, !(1...100_000).contains(value) {
                    throw ValidationError("\(name) must be between 1 and 100000, not \(value).")
                }
            }
        }

        func run() async throws {
            try await database.withStore { store in
                try await store.setRetentionChecked(list: list, keepScans: keepScans, keepMonths: keepMonths)
                Console.output(try await Show.table(store))
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what is kept.", discussion: "Example:\n  mxcensus retention show")
        @Flag(help: "Write JSON.")
        var json = false
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try await database.withStore { store in
                if json { return try Console.output(json: try await store.retentionRules()) }
                Console.output(try await Self.table(store))
            }
        }

        static func table(_ store: Store) async throws -> String {
            let rules = try await store.retentionRules()
            guard !rules.isEmpty else { return "Everything is kept.\n" }
            return TextTable(
                ["list", "scans", "months"],
                rules.map {
                    [
                        $0.list ?? "(all others)", $0.keepScans.map { "\($0)" } ?? "–",
                        $0.keepMonths.map { "\($0)" } ?? "–",
                    ]
                }, rightAligned: [1, 2]
            ).text
        }
    }

    struct Off: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep everything.", discussion: "Example:\n  mxcensus retention off --list customers")
        @Option(help: "Remove the rule of this list only. (default: the one for all lists without a rule of their own)")
        var list: String?
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try await database.withStore { store in
                try await store.setRetentionChecked(list: list, keepScans: nil, keepMonths: nil)
                Console.output(try await Show.table(store))
            }
        }
    }
}

extension Store {
    /// As `setRetention`; a list that does not exist is a mistake on the command line.
    fileprivate func setRetentionChecked(list: String?, keepScans: Int?, keepMonths: Int?) async throws {
        do {
            try await setRetention(list: list, keepScans: keepScans, keepMonths: keepMonths)
        } catch let error as StoreError where error.sqlState == "MX002" {
            throw UsageError("There is no list '\(list ?? "")'. `mxcensus import` makes one.")
        }
    }
}
