import ArgumentParser
import DNSLookup
import Foundation
import ListImport

/// Bad input named on the command line: says what is wrong, where, and what to do. Ends with exit status 2.
struct UsageError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A failure that has already been explained to the person. Ends with exit status 1 and no further words.
struct SilentFailure: Error {}

/// Turns errors into words on standard error and an exit status.
enum Exit {
    static let failure: Int32 = 1
    static let usage: Int32 = 2

    /// Prints what there is to say about `error` and ends the process.
    static func end(with error: any Error) -> Never {
        if error is SilentFailure { exit(failure) }
        if error is CancellationError { exit(failure) }
        if let mistake = error as? any UsageMistake, mistake.isUsage {
            Console.error("mxcensus: \(mistake)")
            exit(usage)
        }
        switch MXCensus.exitCode(for: error) {
        case .success:  // --help and --version arrive here.
            print(MXCensus.fullMessage(for: error))
            exit(0)
        case .validationFailure:
            Console.error(MXCensus.fullMessage(for: error))
            exit(usage)
        default:
            Console.error("mxcensus: \(error)")
            exit(failure)
        }
    }
}

/// Errors that can be mistakes on the command line: exit status 2.
protocol UsageMistake: Error, CustomStringConvertible {
    var isUsage: Bool { get }
}

extension UsageError: UsageMistake {
    var isUsage: Bool { true }
}

/// A DNS server that was named wrongly.
extension ResolverError: UsageMistake {
    var isUsage: Bool { true }
}

extension ListError: UsageMistake {
    /// A column that is not there is a mistake on the command line; a file that turns out to be no list is a failure.
    var isUsage: Bool { code == .missingColumn }
}
