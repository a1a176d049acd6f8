// mxcensus: the command line, and the only place where the modules are wired together.
//
// Owns: commands, options, exit statuses, signals, what is shown on a terminal.
// Must not know: how anything is done. Every command reads its options, wires modules and shows their results.
// Exit status: 0 done, 1 failure, 2 usage or bad input named on the command line, 130 stopped by a second Ctrl-C.

import ArgumentParser
import CMXAllocator
import CMXOpenSSL

struct MXCensus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mxcensus",
        abstract: "Measure how well mail exchangers protect mail in transit.",
        discussion: """
            mxcensus takes a list of mail domains, finds their MX hosts, probes each with SMTP STARTTLS, judges the \
            certificates and leaves the answers in PostgreSQL. Without --database it runs a private PostgreSQL of its own.

            Examples:
              mxcensus demo                          a scan of the built-in lab internet, beside the truth
              mxcensus doctor                        what on this machine would spoil a scan
              mxcensus probe gmail.com               one look at a domain, no database
              mxcensus scan domains.csv              the whole study for a list of domains
              mxcensus plan --simulate --scan latest   how long the next scan of the same hosts will take
              mxcensus optout add 192.0.2.0/24 --reason 'ticket 12'   leave a network alone
              mxcensus report                        the summary of the latest scan again
              mxcensus export probes --format csv    one line for every probe
              mxcensus rejudge latest --at 2027-01-15   what will have expired by then
              mxcensus psql                          ask your own questions
              mxcensus coordinator, mxcensus worker  the same on any number of machines
            """,
        version: Version.text,
        groupedSubcommands: [
            CommandGroup(
                name: "Scanning",
                subcommands: [
                    Scan.self, Import.self, OptOutCommand.self, Probe.self, PlanCommand.self, Doctor.self,
                ]),
            CommandGroup(
                name: "Fleet",
                subcommands: [
                    CoordinatorCommand.self, WorkerCommand.self, Scans.self, Status.self, Pause.self, Resume.self,
                    Cancel.self, Batches.self, Lanes.self, ScheduleCommand.self, Retention.self,
                ]),
            CommandGroup(
                name: "Results", subcommands: [Report.self, Changes.self, Export.self, RejudgeCommand.self, Psql.self]),
            CommandGroup(
                name: "Database and lab", subcommands: [Database.self, LabCommand.self, Demo.self, BenchCommand.self]),
        ])
}

enum Version {
    static let text = "0.1.0"
}

@main
enum Main {
    static func main() async {
        // Where jemalloc has no such thread, memory goes back to the system later: no reason to stop.
        _ = cmx_allocator_start()
        Interrupts.ignoreBrokenPipe()
        // Before libpq and libunbound touch OpenSSL: their threads may still run while the process exits.
        guard cmx_openssl_start() == 1 else { Exit.end(with: OpenSSLMissing()) }
        do {
            var command = try MXCensus.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Exit.end(with: error)
        }
    }
}

struct OpenSSLMissing: Error, CustomStringConvertible {
    var description: String { "OpenSSL cannot be initialised; check the libssl3 installation" }
}
