// Runs published sets of certificate cases through the judgement that a scan makes, and says where both agree.
// See docs/vectors.md.
import CensusModel
import CensusRules
import CertificateChain
import Foundation

@main
struct Vectors {
    static func main() throws {
        let files = CommandLine.arguments.dropFirst()
        guard !files.isEmpty else {
            FileHandle.standardError.write(Data("usage: vectors FILE.json ...\n".utf8))
            exit(2)
        }
        for file in files { try run(file) }
    }

    private static func run(_ file: String) throws {
        let set = try VectorSet(reading: file)
        var counts: [String: Count] = [:]
        var disagreements: [String] = []
        var slowest = (seconds: 0.0, id: "")
        for item in set.cases {
            let clock = ContinuousClock()
            var answer = Answer(accepted: false, reason: "")
            let duration = clock.measure { answer = ask(item) }
            let seconds = Double(duration.components.attoseconds) / 1e18 + Double(duration.components.seconds)
            if seconds > slowest.seconds { slowest = (seconds, item.id) }
            counts[item.namespace, default: Count()].add(expected: item.accept, actual: answer.accepted)
            if answer.accepted != item.accept {
                let kind = item.accept ? "refused, should be accepted" : "accepted, should be refused"
                let note = item.optional.map { " [\($0)]" } ?? ""
                disagreements.append("\(item.id)\(note): \(kind): \(answer.reason)")
            }
        }
        print("\(URL(fileURLWithPath: file).lastPathComponent): \(set.cases.count) cases")
        print("| namespace | cases | agree | we accept, they refuse | we refuse, they accept |")
        print("| --- | ---: | ---: | ---: | ---: |")
        var total = Count()
        for (namespace, count) in counts.sorted(by: { $0.key < $1.key }) {
            print("| \(namespace) | \(count.row) |")
            total.add(count)
        }
        print("| all | \(total.row) |\n")
        for (reason, count) in set.leftOut.sorted(by: { $0.key < $1.key }) { print("left out, \(reason): \(count)") }
        print("slowest: \(Int(slowest.seconds * 1000)) ms, \(slowest.id)\n")
        for line in disagreements.sorted() { print(line) }
    }

    private struct Answer {
        let accepted: Bool
        let reason: String
    }

    /// What a scan would say of a host that sends this chain.
    private static func ask(_ item: VectorCase) -> Answer {
        // A scan asks for a host by its normalised name.
        guard let host = DomainName(normalized: item.host.lowercased()) else {
            return Answer(accepted: false, reason: "no mail host can be called \(item.host)")
        }
        let store: TrustStore
        do { store = try TrustStore(pem: item.trusted) } catch {
            return Answer(accepted: false, reason: "the trust store is refused: \(error)")
        }
        let judge = ChainJudge(trustStore: store, cacheSize: 0)
        let evidence = judge.evidence(chain: item.chain, at: item.time)
        var observation = ProbeObservation(
            target: ProbeTarget(host: host, address: .v4(0xc000_0201), port: 25), startedAt: item.time)
        observation.greeting = SMTPReply(code: 220, lines: ["ready"])
        observation.ehlo = SMTPReply(code: 250, lines: ["mx", "STARTTLS"])
        observation.starttlsOffered = true
        observation.starttls = SMTPReply(code: 220, lines: ["go ahead"])
        observation.ehloUnderTLS = SMTPReply(code: 250, lines: ["mx"])
        observation.tls = TLSParameters(
            version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", group: "x25519", cipherBits: 256,
            forwardSecrecy: true, clientCertificateRequested: false, ocspStaple: nil)
        observation.chain = item.chain
        let verdict = Judge.verdict(of: observation, evidence: evidence, at: item.time)
        let accepted = verdict.outcome == .trusted && verdict.verified == true
        let findings = verdict.findings.map(\.rawValue).joined(separator: ", ")
        return Answer(accepted: accepted, reason: accepted ? "trusted" : "\(findings): \(verdict.error ?? "")")
    }
}

/// notBefore of the certificate; nil when it cannot be read.
func certificateStart(_ der: [UInt8]) -> Date? { certificateFacts(der: der)?.notBefore }

/// Cases counted by what is expected and what was said.
private struct Count {
    var agree = 0
    var falselyAccepted = 0
    var falselyRefused = 0

    mutating func add(expected: Bool, actual: Bool) {
        if expected == actual { agree += 1 } else if actual { falselyAccepted += 1 } else { falselyRefused += 1 }
    }

    mutating func add(_ other: Count) {
        agree += other.agree
        falselyAccepted += other.falselyAccepted
        falselyRefused += other.falselyRefused
    }

    var row: String {
        "\(agree + falselyAccepted + falselyRefused) | \(agree) | \(falselyAccepted) | \(falselyRefused)"
    }
}
