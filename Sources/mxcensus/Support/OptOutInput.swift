import CensusModel
import DomainNames
import Foundation

/// Networks and domains as a person writes them, on the command line or in a file.
enum OptOutInput {
    /// A line may hold this much.
    private static let longestLine = 1000

    /// All entries, each once, in order.
    ///
    /// - Parameter force: take networks of any width.
    /// - Throws: `UsageError` that names what is wrong, with its line when it stands in a file.
    static func read(_ arguments: [String], file: String?, force: Bool) throws -> [OptOut] {
        var entries: [OptOut] = []
        for argument in arguments {
            entries.append(try entry(argument, force: force, place: ""))
        }
        if let file { entries += try lines(of: file, force: force) }
        var seen: Set<OptOut> = []
        entries.removeAll { !seen.insert($0).inserted }
        guard !entries.isEmpty else { throw UsageError("Name networks or domains, or a --file that has some.") }
        return entries
    }

    private static func lines(of file: String, force: Bool) throws -> [OptOut] {
        var entries: [OptOut] = []
        try LineFile.forEachLine(of: file) { line, place in
            let content = line.prefix { $0 != UInt8(ascii: "#") }
            let text = String(decoding: content, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            if !text.isEmpty { entries.append(try entry(text, force: force, place: "\(place): ")) }
        }
        return entries
    }

    private static func entry(_ text: String, force: Bool, place: String) throws -> OptOut {
        let shown = "\(place)'\(EscapedText.escape(text.utf8.prefix(longestLine)))'"
        guard text.utf8.count <= longestLine else { throw UsageError("\(shown) … is too long.") }
        if text.contains("/") || text.contains(":") || IPAddress(text) != nil || isNumeric(text) {
            guard let block = CIDR(text)?.unmapped else {
                throw UsageError(
                    "\(shown) is no network: write ADDRESS/LENGTH without bits after the prefix, or an address.")
            }
            if block.prefixLength < (block.base.isV6 ? 16 : 8), !force {
                throw UsageError("\(shown) is a very wide network. If it is meant, say --force.")
            }
            return .network(block)
        }
        if text.contains("@") { throw UsageError("\(shown) is an e-mail address: name the domain alone.") }
        switch NameNormalizer.domain(from: text) {
        case .success(let name): return .domain(name)
        case .failure(let problem): throw UsageError("\(shown) is neither a network nor a domain: \(problem).")
        }
    }

    /// Digits and dots: a network that is written wrongly, not a domain.
    private static func isNumeric(_ text: String) -> Bool {
        text.utf8.allSatisfy { (48...57).contains($0) || $0 == UInt8(ascii: ".") }
    }
}
