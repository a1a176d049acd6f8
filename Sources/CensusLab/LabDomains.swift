import Foundation

/// The synthetic domain list of a lab: every name with its mail volume. Made as it is read, in constant memory.
public struct LabDomains: Sequence, Sendable {
    private let plan: DomainPlan

    /// Throws `LabError.configuration`.
    public init(configuration: LabConfiguration) throws {
        plan = try LabWorld(configuration).domains
    }

    /// Domains in the list.
    public var count: Int { plan.count }

    /// Goes through the list in its order.
    public func makeIterator() -> Iterator { Iterator(plan: plan) }

    /// One domain after the other.
    public struct Iterator: IteratorProtocol {
        fileprivate let plan: DomainPlan
        private var position = 0

        fileprivate init(plan: DomainPlan) { self.plan = plan }

        /// The next domain; nil at the end.
        public mutating func next() -> (name: String, weight: Double)? {
            guard position < plan.count else { return nil }
            defer { position += 1 }
            return (plan.name(position), plan.weight(position))
        }
    }

    /// Writes `domain,weight` lines below a header to a file, or to standard output for `-`. Throws `LabError.file`.
    public func writeCSV(to path: String) throws {
        do {
            let file = try Self.open(path)
            var buffer = Data("domain,weight\n".utf8)
            for (name, weight) in self {
                buffer.append(contentsOf: "\(name),\(Int(weight))\n".utf8)
                if buffer.count > 1 << 18 {
                    try file.write(contentsOf: buffer)
                    buffer.removeAll(keepingCapacity: true)
                }
            }
            try file.write(contentsOf: buffer)
        } catch let error as LabError {
            throw error
        } catch {
            throw LabError.file("cannot write the domain list \(path): \(error)")
        }
    }

    private static func open(_ path: String) throws -> FileHandle {
        if path == "-" { return .standardOutput }
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else {
            throw LabError.file("cannot write the domain list \(path): check the folder and its permissions")
        }
        return file
    }
}
