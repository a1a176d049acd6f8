import CensusModel
import Testing

@testable import CensusWorker

@Suite("The sample of second looks")
struct SecondLookSampleTests {
    private let hosts = (0..<20_000).compactMap { DomainName(normalized: "mx\($0).example\($0 % 7).net") }

    private func sample(_ share: Double?) -> Set<DomainName> {
        Set(hosts.filter { SecondLookSample.contains($0, share: share) })
    }

    @Test("is none, all, or about the share asked for", arguments: [0.001, 0.05, 0.5, 0.95])
    func size(share: Double) {
        #expect(sample(nil).isEmpty)
        #expect(sample(0).isEmpty)
        #expect(sample(1).count == hosts.count)
        // Five standard deviations of a binomial distribution.
        let deviation = 5 * (Double(hosts.count) * share * (1 - share)).squareRoot()
        #expect((Double(sample(share).count) - Double(hosts.count) * share).magnitude < deviation)
    }

    @Test("grows with the share without losing anybody, and is the same in every process")
    func stable() {
        #expect(sample(0.05).isSubset(of: sample(0.1)))
        #expect(sample(0.1).isSubset(of: sample(0.9)))
        // Worked out apart from this program, in Python: FNV-1a, then the finalizer of SplitMix64.
        let places = [
            ("mx1.example.org", 0.2445), ("gmail-smtp-in.l.google.com", 0.0845), ("a.b", 0.6035),
        ]
        for (name, place) in places {
            let host = DomainName(normalized: name)
            #expect(host.map { SecondLookSample.contains($0, share: place + 0.001) } == true, "\(name)")
            #expect(host.map { SecondLookSample.contains($0, share: place - 0.001) } == false, "\(name)")
        }
    }

    @Test("is drawn from hosts that showed a certificate in a conclusive look")
    func worthwhile() {
        func look(tls: Bool, chain: Bool, conclusive: Bool) -> Bool {
            var observation = ProbeObservation(
                target: ProbeTarget(host: nil, address: .v4(0xc000_0201), port: 25), startedAt: .now)
            if tls {
                observation.tls = TLSParameters(
                    version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", group: "x25519", cipherBits: 128,
                    forwardSecrecy: true, clientCertificateRequested: false, ocspStaple: nil)
            }
            if chain { observation.chain = [[0x30]] }
            let verdict = ProbeVerdict(
                outcome: .trusted, conclusive: conclusive, starttls: true, verified: true, error: nil)
            return SecondLookSample.isWorthwhile(observation, verdict)
        }
        #expect(look(tls: true, chain: true, conclusive: true))
        #expect(!look(tls: false, chain: true, conclusive: true))
        #expect(!look(tls: true, chain: false, conclusive: true))
        #expect(!look(tls: true, chain: true, conclusive: false))
    }
}
