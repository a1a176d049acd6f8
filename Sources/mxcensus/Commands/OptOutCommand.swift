import ArgumentParser
import CensusModel
import CensusStore
import Foundation

struct OptOutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "optout", abstract: "Leave networks and domains alone whose owners asked for it.",
        discussion: """
            A network is not contacted, also in IPv6 forms of its addresses (mapped, NAT64, 6to4). A domain, with all \
            names below it, is not looked up, and no MX host of such a name is contacted. Entries hold for all scans, \
            running ones included, for every worker within one lease period (30 seconds by default).

            Examples:
              mxcensus optout add 192.0.2.0/24 --reason 'asked by mail, ticket 12'
              mxcensus optout add example.org mx.example.net 2001:db8::25 --reason 'abuse desk, 3 May' --by alice
              mxcensus optout add --file asked.txt --reason 'letter of the registry'
              mxcensus optout list --all
              mxcensus optout remove example.org --reason 'asked to be scanned again'
            """,
        subcommands: [Add.self, Remove.self, List.self])

    struct Entries: ParsableArguments {
        @Argument(help: ArgumentHelp("Networks, addresses, domains.", valueName: "network-or-domain"))
        var entries: [String] = []

        @Option(
            help: ArgumentHelp(
                "Read them from a file too, one a line; what follows # is a comment; '-' is standard input.",
                valueName: "file"))
        var file: String?

        @Option(help: ArgumentHelp("Who decided it. (default: your user names here and in the database)"))
        var by: String?

        func validate() throws {
            if entries.isEmpty, file == nil { throw ValidationError("Name networks or domains, or a --file.") }
            if let by { try checkLength(of: by, option: "--by", limit: 200) }
        }
    }

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Leave networks and domains alone from now on. All are recorded, or none.",
            discussion: """
                Examples:
                  mxcensus optout add 192.0.2.0/24 --reason 'asked by mail, ticket 12'
                  mxcensus optout add --file asked.txt --reason 'letter of the registry' --by alice
                """)

        @OptionGroup var what: Entries

        @Option(help: "Why: kept with the entry.")
        var reason: String

        @Flag(help: "Take networks wider than /8 (IPv6: /16).")
        var force = false

        @OptionGroup var database: DatabaseOptions

        func validate() throws { try checkLength(of: reason, option: "--reason", limit: 1000) }

        func run() async throws {
            let entries = try OptOutInput.read(what.entries, file: what.file, force: force)
            let added = try await database.withStore { store in
                try await store.addOptOuts(entries, reason: reason, who: what.by, user: NSUserName())
            }
            for entry in added { print("left alone: \(entry)") }
            let known = entries.count - added.count
            if known > 0 { print("\(known) of \(entries.count) opted out before; nothing changed for them.") }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "End opt-outs. They stay as history. All are ended, or none.",
            discussion: """
                Names them as `mxcensus optout list` shows them.

                Example:
                  mxcensus optout remove 192.0.2.0/24 --reason 'asked to be scanned again'
                """)

        @OptionGroup var what: Entries

        @Option(help: "Why: kept with the entry.")
        var reason: String?

        @OptionGroup var database: DatabaseOptions

        func validate() throws {
            if let reason { try checkLength(of: reason, option: "--reason", limit: 1000) }
        }

        func run() async throws {
            let entries = try OptOutInput.read(what.entries, file: what.file, force: true)
            let removed = try await database.withStore { store in
                try await store.removeOptOuts(entries, reason: reason, who: what.by, user: NSUserName())
            }
            for entry in removed { print("no longer left alone: \(entry)") }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show who is left alone, since when, by whom and why.",
            discussion: """
                Examples:
                  mxcensus optout list
                  mxcensus optout list --all --json
                """)

        @Flag(help: "Also those that were removed.")
        var all = false

        @Flag(help: "Write JSON.")
        var json = false

        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            let entries = try await database.withStore { store in try await store.optOuts(removed: all) }
            if json { return try Console.output(json: entries.map(Row.init), onOneLine: true) }
            for entry in entries { Console.output(Self.line(entry) + "\n") }
            if entries.isEmpty { Console.error("Nobody is left alone.") }
        }

        private static func line(_ entry: OptOutEntry) -> String {
            let safe = { (text: String) in EscapedText.escape(text.utf8) }
            var line = "\(safe(entry.entry))  since \(entry.addedAt.formatted(.iso8601))"
            line += "  by \(safe(entry.addedBy)): \(safe(entry.reason))"
            if let removedAt = entry.removedAt {
                line += "; removed \(removedAt.formatted(.iso8601)) by \(safe(entry.removedBy ?? ""))"
                if let reason = entry.removedReason { line += ": \(safe(reason))" }
            }
            return line
        }

        private struct Row: Encodable {
            let entry, kind, reason, addedBy: String
            let addedAt: Date
            let removedBy, removedReason: String?
            let removedAt: Date?

            init(_ entry: OptOutEntry) {
                self.entry = entry.entry
                kind = entry.kind
                reason = entry.reason
                addedBy = entry.addedBy
                addedAt = entry.addedAt
                removedBy = entry.removedBy
                removedReason = entry.removedReason
                removedAt = entry.removedAt
            }
        }
    }
}

private func checkLength(of text: String, option: String, limit: Int) throws {
    guard (1...limit).contains(text.unicodeScalars.count), !text.unicodeScalars.contains("\0") else {
        throw ValidationError("\(option) takes 1 to \(limit) characters.")
    }
}
