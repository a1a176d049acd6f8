import Foundation

/// One case of a published set, reduced to what a TLS client of mail servers can be asked.
struct VectorCase {
    let id: String
    /// The first parts of `id`, by which results are counted.
    let namespace: String
    /// Concatenated PEM of the trusted certificates.
    let trusted: [UInt8]
    /// DER, leaf first.
    let chain: [[UInt8]]
    /// The DNS name that the certificate has to name.
    let host: String
    let time: Date
    let accept: Bool
    /// The set itself says that failing this case is no more than a warning, or that it is optional.
    let optional: String?
}

/// The cases of a file, and those that do not apply with the reason.
struct VectorSet {
    var cases: [VectorCase] = []
    var leftOut: [String: Int] = [:]

    /// Reads a `limbo.json` of x509-limbo or what `bettertls export-tests` writes.
    init(reading file: String) throws {
        let data = try Data(contentsOf: URL(fileURLWithPath: file))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        if let limbo = try? decoder.decode(Limbo.self, from: data) {
            for item in limbo.testcases { add(item) }
        } else {
            let better = try JSONDecoder().decode(BetterTLS.self, from: data)
            for (suite, content) in better.suites.sorted(by: { $0.key < $1.key }) {
                for item in content.testCases { add(item, suite, root: better.trustRoot) }
            }
        }
    }

    private mutating func leaveOut(_ reason: String) { leftOut[reason, default: 0] += 1 }

    private mutating func add(_ item: Limbo.Case) {
        guard item.validationKind == "SERVER" else { return leaveOut("validates a client") }
        guard let name = item.expectedPeerName else { return leaveOut("names no peer") }
        guard name.kind == "DNS" else { return leaveOut("the peer is an IP address: a mail host has a name") }
        if let revocation = item.crls, !revocation.isEmpty { return leaveOut("needs a CRL: none is fetched") }
        if item.maxChainDepth != nil { return leaveOut("sets a chain depth of its own") }
        // Cases without a time hold at any: their certificates are valid for a thousand years.
        let time = item.validationTime.flatMap(Self.time) ?? Date(timeIntervalSince1970: 1_767_225_600)
        let parts = item.id.components(separatedBy: "::")
        let namespace = parts.count > 2 ? parts.prefix(2).joined(separator: "::") : parts[0]
        cases.append(
            VectorCase(
                id: item.id, namespace: namespace, trusted: Array(item.trustedCerts.joined(separator: "\n").utf8),
                chain: ([item.peerCertificate] + item.untrustedIntermediates).map(Self.der), host: name.value,
                time: time, accept: item.expectedResult == "SUCCESS", optional: item.features?.first))
    }

    private mutating func add(_ item: BetterTLS.Case, _ suite: String, root: Data) {
        guard item.hostname.contains(where: \.isLetter) else {
            return leaveOut("the peer is an IP address: a mail host has a name")
        }
        let pem =
            "-----BEGIN CERTIFICATE-----\n"
            + root.base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            + "\n-----END CERTIFICATE-----\n"
        // They are valid from a day before they are made; the expired ones ended an hour before.
        let made = certificateStart([UInt8](item.certificates[0])).map { $0.addingTimeInterval(86400) }
        cases.append(
            VectorCase(
                id: "\(suite)::tc\(item.id)", namespace: suite, trusted: Array(pem.utf8),
                chain: item.certificates.map { [UInt8]($0) }, host: item.hostname, time: made ?? Date(),
                accept: item.expected == "ACCEPT", optional: item.failureIsWarning ? "warning" : nil))
    }

    private static func time(_ text: String) -> Date? {
        let format = ISO8601DateFormatter()
        if let time = format.date(from: text) { return time }
        format.formatOptions.insert(.withFractionalSeconds)
        return format.date(from: text)
    }

    private static func der(_ pem: String) -> [UInt8] {
        let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
        return [UInt8](Data(base64Encoded: lines.joined()) ?? Data())
    }
}

/// The parts of x509-limbo's schema that are used.
private struct Limbo: Decodable {
    struct PeerName: Decodable {
        let kind: String
        let value: String
    }

    struct Case: Decodable {
        let id: String
        let features: [String]?
        let validationKind: String
        let trustedCerts: [String]
        let untrustedIntermediates: [String]
        let peerCertificate: String
        let validationTime: String?
        let expectedResult: String
        let expectedPeerName: PeerName?
        let maxChainDepth: Int?
        let crls: [String]?
    }

    let testcases: [Case]
}

/// The parts of what `bettertls export-tests` writes that are used.
private struct BetterTLS: Decodable {
    struct Suite: Decodable { let testCases: [Case] }

    struct Case: Decodable {
        let id: Int
        let certificates: [Data]
        let hostname: String
        let expected: String
        let failureIsWarning: Bool
    }

    let trustRoot: Data
    let suites: [String: Suite]
}
