import CensusModel

/// One accepted line.
public struct ListEntry: Hashable, Sendable {
    /// The normalised domain.
    public let name: DomainName
    /// The list's weight, finite and not negative; 1 where the list has none.
    public let weight: Double

    /// A name and its weight.
    public init(name: DomainName, weight: Double) {
        self.name = name
        self.weight = weight
    }
}

/// One line that was not accepted.
public struct RejectedLine: Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1; of a record over several lines the first.
    public let line: Int
    /// What is wrong with it, for people.
    public let reason: String
    /// The beginning of the line, escaped.
    public let excerpt: String

    /// Number, reason and excerpt on one line.
    public var description: String { "line \(line): \(reason): \(excerpt)" }
}

/// What the person who imports says about the list.
public struct ListOptions: Hashable, Sendable {
    /// The header's name of the column with the domains; nil to find it. When it is given, the list has a header.
    public var domainColumn: String?
    /// The header's name of the column with the weights; nil to take a column named `weight` or `volume`, if any.
    public var weightColumn: String?

    /// Both columns are found by themselves unless named.
    public init(domainColumn: String? = nil, weightColumn: String? = nil) {
        self.domainColumn = domainColumn
        self.weightColumn = weightColumn
    }
}

/// A part of the list: what about one mebibyte of it holds.
public struct ListChunk: Sendable {
    /// In the order of the list, doubles included.
    public internal(set) var entries: [ListEntry] = []
    /// In the order of the list.
    public internal(set) var rejected: [RejectedLine] = []
}

/// What has been read so far.
public struct ImportReport: Hashable, Sendable {
    /// Lines of the file, blank ones, comments and the header included.
    public internal(set) var lines = 0
    /// Entries handed out, doubles included.
    public internal(set) var accepted = 0
    /// Lines with a reason against them.
    public internal(set) var rejected = 0
    /// The first ten rejected lines.
    public internal(set) var firstRejects: [RejectedLine] = []

    static let keptRejects = 10

    /// Nothing read yet.
    public init() {}
}

/// The list as a whole cannot be read: says what is wrong, where, and what to do.
public struct ListError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The kind of error, for programs.
    public enum Code: String, Sendable {
        case unreadable, empty, binary, utf16, compressed, missingColumn
    }

    /// The kind of error.
    public let code: Code
    /// The file as given, or `standard input`.
    public let file: String
    /// What is wrong and what to do, after the file's name.
    public let message: String

    /// File and message on one line.
    public var description: String { "\(file): \(message)" }
}
