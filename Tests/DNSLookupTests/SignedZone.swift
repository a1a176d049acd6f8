import Foundation

/// A zone signed by ldns-signzone (Debian package ldnsutils) with a key of its own, for a `ScriptedServer` to serve.
struct SignedZone: Sendable {
    /// What went wrong with a tool.
    struct ToolError: Error, CustomStringConvertible {
        let description: String
    }

    private let folder: URL
    var records: [ScriptedServer.Record]
    /// A file with the DS record of the zone's key.
    let anchorFile: String

    /// Signs `lines`, a zone file without SOA and NS, for `origin`.
    init(_ origin: String, _ lines: [String]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "mxcensus-zone-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let head = ["$ORIGIN \(origin).", "$TTL 3600", "@ SOA ns hostmaster 1 3600 900 604800 300", "@ NS ns"]
        try (head + lines + [""]).joined(separator: "\n").write(
            to: folder.appending(path: "zone"), atomically: true, encoding: .utf8)
        let key = try Self.run("ldns-keygen", ["-a", "ECDSAP256SHA256", "-k", origin], in: folder)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        _ = try Self.run("ldns-signzone", ["-f", "signed", "zone", key], in: folder)
        anchorFile = folder.appending(path: "\(key).ds").path
        // Every record in the form of RFC 3597, so that no type needs an encoder here.
        let types = ["SOA", "NS", "MX", "A", "AAAA", "CNAME", "DNSKEY", "NSEC", "RRSIG"].flatMap { ["-u", $0] }
        let text = try Self.run("ldns-read-zone", types + ["signed"], in: folder)
        records = text.split(separator: "\n").compactMap(Self.record)
        guard !records.isEmpty else { throw ToolError(description: "ldns-read-zone printed no records") }
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    /// What an authoritative server with DNSSEC answers (RFC 4035 §3.1).
    func reply(_ query: ScriptedServer.Query) -> ScriptedServer.Reply {
        let own = records.filter { $0.name == query.name }
        let wanted = own.contains { $0.type == query.type } ? query.type : 5
        let answers = own.filter { $0.type == wanted || Self.covered($0) == wanted }
        if !answers.isEmpty { return .records(answers) }
        // SOA and all denials: more than needed, never less.
        let denial = [6, 47].flatMap { type in records.filter { $0.type == type || Self.covered($0) == type } }
        return .sections([], denial, own.isEmpty ? 3 : 0)
    }

    /// The type that a RRSIG covers; nil for other records.
    private static func covered(_ record: ScriptedServer.Record) -> Int? {
        record.type == 46 ? Int(record.data[0]) << 8 | Int(record.data[1]) : nil
    }

    /// `name. ttl IN TYPEn \# length hex…`
    private static func record(_ line: Substring) -> ScriptedServer.Record? {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count >= 7, words[3].hasPrefix("TYPE"), words[4] == "\\#", let ttl = Int(words[1]),
            let type = Int(words[3].dropFirst(4))
        else { return nil }
        let digits = Array(words[6...].joined())
        let data = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
        return ScriptedServer.Record(name: String(words[0].dropLast()), type: type, ttl: ttl, data: data)
    }

    private static func run(_ tool: String, _ arguments: [String], in folder: URL) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [tool] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw ToolError(
                description: "\(tool) failed with status \(process.terminationStatus): is ldnsutils installed?")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
