import ArgumentParser
import CensusModel
import CensusStore
import Foundation

struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule", abstract: "Scans that begin by the calendar.",
        discussion: """
            A running coordinator starts a scan of the list at each moment of the schedule, named NAME-YYYY-MM-DD. A \
            moment at which the schedule's previous scan has not ended is skipped. After an outage one scan catches up.

            Examples:
              mxcensus import customers customers.csv
              mxcensus schedule add weekly --list customers --every week --at 'Sunday 03:00' --timezone Europe/Zurich
              mxcensus schedule list
              mxcensus schedule runs weekly
            """,
        subcommands: [Add.self, List.self, Runs.self, RunNow.self, Pause.self, Resume.self, Remove.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a schedule for an imported list.",
            discussion: """
                The schedule keeps the probing and pace options, and the authorities to trust, as they are now.

                --every is 'hour', 'day', 'week' or 'month', or a number of them: '2 weeks'. --at is
                  with hours   the minute           ':15'
                  with days    the time             '03:00'
                  with weeks   weekday and time     'Sunday 03:00'
                  with months  day and time         '1 03:00'; '31 03:00' is the last day of every month
                Days, weeks and months go by the clock of --timezone, also when daylight saving begins or ends.

                Examples:
                  mxcensus schedule add weekly --list customers --every week --at 'Sunday 03:00' --timezone Europe/Zurich
                  mxcensus schedule add top --list tranco --every '2 weeks' --at 'Mon 22:30' --limit 100000 --rate 2
                  mxcensus schedule add monthly --list customers --every month --at '31 23:00' --verify-without-sni 5%
                """)

        @Argument(help: "Name of the schedule: letters, digits, '.', '-' and '_'.")
        var name: String
        @Option(help: ArgumentHelp("Name of an imported list.", valueName: "list"))
        var list: String
        @Option(help: ArgumentHelp("'hour', 'day', 'week', 'month', '2 weeks' ….", valueName: "interval"))
        var every: String
        @Option(
            help: ArgumentHelp("When in the interval: ':15', '03:00', 'Sunday 03:00', '1 03:00'.", valueName: "moment"))
        var at: String
        @Option(help: ArgumentHelp("Time zone of --at, such as Europe/Zurich.", valueName: "zone"))
        var timezone = "UTC"

        @OptionGroup(title: "Probing") var probing: ProbeOptions
        @OptionGroup(title: "Looks") var looks: LookOptions
        @OptionGroup(title: "Pace and size") var pace: PaceOptions
        @OptionGroup var database: DatabaseOptions

        func validate() throws {
            guard ScheduleName.isValid(name) else {
                throw ValidationError(
                    "The name of a schedule is 1 to 100 letters, digits, '.', '-' and '_', and begins with a letter or digit."
                )
            }
            do { _ = try ScheduleRule(every: every, at: at) } catch { throw ValidationError(error.description) }
            if pace.concurrency != nil {
                throw ValidationError("--concurrency belongs to the workers: mxcensus worker --concurrency N.")
            }
        }

        func run() async throws {
            let settings = try await probing.scanSettings(pace: pace, looks: looks)
            let schedule = NewSchedule(
                name: name, list: list, rule: try ScheduleRule(every: every, at: at), timeZone: timezone,
                settings: settings, trustStorePEM: try TrustStores.load(probing.trustFile).pem, limit: pace.limit)
            try await database.withStore { store in
                try await ScheduleName.explaining { try await store.addSchedule(schedule) }
                guard let added = try await store.schedule(named: schedule.name) else { return }
                if try await store.coordinators().isEmpty {
                    Console.error(
                        "No coordinator is running: nothing is scanned until one is. Start it with: mxcensus coordinator"
                            + (database.isEmbedded ? " --data-dir \(database.place)" : ""))
                }
                print(
                    "Schedule '\(added.name)' runs next at \(ScheduleLine.local(added.nextAt, added.timeZone) ?? "–").")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show all schedules: when they run next, and what became of their latest run.",
            discussion: "Examples:\n  mxcensus schedule list\n  mxcensus schedule list --json")
        @Flag(help: "Write JSON.")
        var json = false
        @OptionGroup var database: DatabaseOptions

        func run() async throws {
            try await database.withStore { store in
                let schedules = try await store.schedules()
                if json { return try Console.output(json: schedules.map(ScheduleLine.init)) }
                guard !schedules.isEmpty else { return print("No schedule. Add one with: mxcensus schedule add") }
                Console.output(ScheduleLine.table(schedules))
            }
        }
    }

    struct Runs: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what became of a schedule's moments, newest first.",
            discussion: "Examples:\n  mxcensus schedule runs weekly\n  mxcensus schedule runs weekly --limit 5 --json")
        @Argument(help: "Name of the schedule.")
        var name: String
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
                guard let schedule = try await store.schedule(named: name) else { throw ScheduleName.missing(name) }
                let runs = try await store.scheduleRuns(name, limit: limit)
                if json { return try Console.output(json: runs.map(ScheduleRunLine.init)) }
                guard !runs.isEmpty else { return print("It has not run yet.") }
                Console.output(ScheduleRunLine.table(runs, zone: schedule.timeZone))
            }
        }
    }

    struct RunNow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "run-now", abstract: "Begin a scan of a schedule at once; its moments stay.",
            discussion: "Refused while its scan has not ended.\n\nExample:\n  mxcensus schedule run-now weekly")
        @OptionGroup var options: ScheduleOptions
        func run() async throws {
            try await options.change { store, name in
                let scan = try await store.runScheduleNow(name)
                Console.error("Submitted. How far it is: mxcensus status \(EscapedText.escape(scan.utf8))")
                return scan
            }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a schedule start nothing; a scan that runs goes on.",
            discussion: "Example:\n  mxcensus schedule pause weekly")
        @OptionGroup var options: ScheduleOptions
        func run() async throws {
            try await options.change { store, name in
                try await store.pauseSchedule(name)
                return "Schedule '\(name)' is paused."
            }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a paused schedule go on with its next moment.",
            discussion: "What fell into the pause is not caught up.\n\nExample:\n  mxcensus schedule resume weekly")
        @OptionGroup var options: ScheduleOptions
        func run() async throws {
            try await options.change { store, name in
                try await store.resumeSchedule(name)
                let schedule = try await store.schedule(named: name)
                let next = schedule.flatMap { ScheduleLine.local($0.nextAt, $0.timeZone) }
                return "Schedule '\(name)' runs next at \(next ?? "–")."
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove a schedule and the record of its runs. Its scans stay.",
            discussion: "Example:\n  mxcensus schedule remove weekly")
        @OptionGroup var options: ScheduleOptions
        func run() async throws {
            try await options.change { store, name in
                try await store.removeSchedule(name)
                return "Schedule '\(name)' is removed; its scans stay."
            }
        }
    }
}
