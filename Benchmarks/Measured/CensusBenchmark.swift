import CMXAllocator
import Foundation

/// The program's side of the benchmarks: what the modules cost when they do what they do in a scan. The limits beside
/// them are the C programs in `Benchmarks/Bare`; `Benchmarks/run` runs both and makes the table.
///
/// Usage: `CensusBenchmark PART ARGUMENT…`. Every part writes its figures to standard output, one a line.
@main
struct CensusBenchmark {
    static func main() async {
        // As the program does.
        _ = cmx_allocator_start()
        do {
            try await run()
        } catch {
            // Not thrown on: that would be taken for a crash.
            FileHandle.standardError.write(Data("CensusBenchmark: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run() async throws {
        var arguments = Arguments(CommandLine.arguments.dropFirst())
        switch try arguments.next("PART") {
        case "probe": try await ProbePart(&arguments).run()
        case "memory": try await MemoryPart(&arguments).run()
        case "dns": try await DNSPart(&arguments).run()
        case "rows": try await RowsPart(&arguments).run()
        case "queries": try await QueriesPart(&arguments).run()
        case let part: throw Failure("there is no part '\(part)'")
        }
    }
}

/// Why there are no figures.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The words of a command line, taken one after the other.
struct Arguments {
    private var words: ArraySlice<String>

    init(_ words: ArraySlice<String>) { self.words = words }

    mutating func next(_ name: String) throws -> String {
        guard let word = words.popFirst() else { throw Failure("\(name) is missing") }
        return word
    }

    mutating func next<Number: LosslessStringConvertible>(_ name: String) throws -> Number {
        let word: String = try next(name)
        guard let number = Number(word) else { throw Failure("\(name) cannot be '\(word)'") }
        return number
    }
}

/// What this process has used so far.
enum Usage {
    /// CPU time of all threads, user and system, in microseconds.
    static var cpu: Double {
        var usage = rusage()
        // RUSAGE_SELF, which is an enumerator in Glibc.
        getrusage(0, &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) * 1e6 + Double($1.tv_usec) }
    }

    /// Memory resident now, in bytes (proc(5): the second field of statm, in pages).
    static func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { throw Failure("/proc/self/statm cannot be read") }
        return pages * Int(getpagesize())
    }
}

extension [Double] {
    /// The middle one; the lower of two. The array must not be empty.
    var median: Double { sorted()[(count - 1) / 2] }
}
