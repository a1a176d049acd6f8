import CensusModel
import CensusRules
import CertificateChain
import Foundation

@testable import CensusStore

/// What the functions are fed with. Certificates and DNS messages are seeds of the fuzzers (`Tests/Fuzzing/Corpus`).
enum Samples {
    static let ehlo = Array(
        """
        250-mx.example.org\r
        250-PIPELINING\r
        250-SIZE 35882577\r
        250-ETRN\r
        250-STARTTLS\r
        250-ENHANCEDSTATUSCODES\r
        250-8BITMIME\r
        250-DSN\r
        250 CHUNKING\r

        """.utf8)

    static let ehloReply = SMTPReply(
        code: 250,
        lines: [
            "mx.example.org", "PIPELINING", "SIZE 35882577", "ETRN", "STARTTLS", "ENHANCEDSTATUSCODES", "8BITMIME",
            "DSN", "CHUNKING",
        ])

    static let host = DomainName(normalized: "mx.example.org")!
    static let time = Date(timeIntervalSince1970: 1_800_000_000)

    /// An answer with MX records.
    static let mxMessage = seed("dns-message/mx")

    /// A leaf and its issuer below `KnownChains.trust`: one octet for the time, then each with its length in two octets.
    static let chain: [[UInt8]] = {
        var rest = seed("certificates/good").dropFirst()
        var chain: [[UInt8]] = []
        while let high = rest.popFirst(), let low = rest.popFirst() {
            let length = Int(high) << 8 | Int(low)
            chain.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return chain
    }()

    static let evidence = ChainJudge(trustStore: KnownChains.trust).evidence(chain: chain, at: time)

    /// What a probe of a well-kept host sees.
    static let observation: ProbeObservation = {
        var seen = ProbeObservation(
            target: ProbeTarget(host: host, address: .v4(0xc000_0201), port: 25), startedAt: time)
        seen.greeting = SMTPReply(code: 220, lines: ["mx.example.org ESMTP Postfix"])
        seen.ehlo = ehloReply
        seen.starttlsOffered = true
        seen.starttls = SMTPReply(code: 220, lines: ["2.0.0 Ready to start TLS"])
        seen.ehloUnderTLS = ehloReply
        seen.handshakeStep = .finished
        seen.tls = TLSParameters(
            version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", group: "x25519", cipherBits: 256,
            signatureDigest: "SHA256", forwardSecrecy: true, clientCertificateRequested: false, ocspStaple: nil)
        seen.chain = chain
        for step in ProbeStep.allCases { seen.durations[step] = 20 }
        return seen
    }()

    static let verdict = Judge.verdict(of: observation, evidence: evidence, at: time)

    static let lease = LaneLease(
        worker: 1, scanID: 1, laneID: 1, network: CIDR(.v4(0xc000_0200), prefixLength: 24), fence: 1, slowdown: 0,
        targets: [], looks: [:])

    /// A lane with this many hosts of that kind.
    static func completion(records: Int) -> LaneCompletion {
        LaneCompletion(
            lease: lease,
            records: (0..<Int64(records)).map {
                ProbeRecord(
                    targetID: $0, hostID: $0, observation: observation, verdict: verdict, evidence: evidence,
                    next: .final)
            })
    }

    /// A file with a list of so many names; one in a hundred is not ASCII, and one is no domain.
    static func list(lines: Int) -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "hot-functions-\(getpid()).txt").path
        let text = (0..<lines).map { number in
            switch number % 100 {
            case 50: "Bücher\(number).example\n"
            case 99: "no domain \(number)\n"
            default: "shop-\(number).Example.com\n"
            }
        }.joined()
        try! text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    private static func seed(_ name: String) -> [UInt8] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../..").standardized
        return Array(try! Data(contentsOf: root.appending(path: "Tests/Fuzzing/Corpus/\(name)")))
    }
}
