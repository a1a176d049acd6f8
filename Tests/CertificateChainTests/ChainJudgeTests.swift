import CensusModel
import Foundation
import Testing

@testable import CertificateChain

@Suite("Evidence of a chain")
struct ChainJudgeTests {
    @Test("of a good chain has no problem, with or without the root", arguments: [false, true])
    func good(withRoot: Bool) throws {
        let fixtures = try Fixtures.get()
        let evidence = try withRoot ? fixtures.evidence("good", "inter", "root") : fixtures.evidence("good", "inter")
        #expect(evidence.problems.isEmpty && evidence.verifyError == nil)
        #expect(evidence.leaf?.dnsNames == ["mx.example.org"])
        #expect(evidence.certificates.count == (withRoot ? 3 : 2))
    }

    @Test("does not depend on the order of the intermediates")
    func misordered() throws {
        let fixtures = try Fixtures.get()
        let judge = try ChainJudge(trustStore: fixtures.trust("root"))
        let evidence = try judge.evidence(
            chain: fixtures.chain("deep", "pathless", "below"), at: fixtures.made.addingTimeInterval(86400))
        #expect(evidence.problems == [.constraintViolation])
    }

    @Test("names the one cause of a chain that is broken in one way")
    func causes() throws {
        let fixtures = try Fixtures.get()
        let cases: [([String], Set<Finding>)] = [
            (["selfSigned"], [.selfSigned]),
            (["selfSignedUsage"], [.selfSigned]),
            (["version1"], [.selfSigned]),
            (["selfSigned", "root"], [.selfSigned]),
            (["unknown", "other"], [.unknownAuthority]),
            (["unknownDeep", "otherInter", "other"], [.unknownAuthority]),
            (["clientOnly", "inter"], [.wrongPurpose]),
            (["mailLeaf", "mailOnly"], [.wrongPurpose]),
            (["critical", "inter"], [.constraintViolation]),
            (["deep", "below", "pathless"], [.constraintViolation]),
            (["constrainedLeaf", "constrained"], [.constraintViolation]),
            (["sha1", "inter"], [.weakCertificate]),
            (["md5", "interRSA"], [.weakCertificate]),
            (["rsa1016", "inter"], [.weakCertificate]),
            (["rsa1024", "inter"], []),
            (["ec112", "inter"], [.weakCertificate]),
            (["ed25519", "inter"], []),
            (["p521", "inter"], []),
            (["negative", "inter"], []),
            (["selfSHA1"], [.selfSigned]),
        ]
        let judge = try ChainJudge(trustStore: fixtures.trust("root"))
        for (names, expected) in cases {
            let evidence = try judge.evidence(
                chain: names.map(fixtures.der), at: fixtures.made.addingTimeInterval(86400))
            #expect(evidence.problems == expected, "\(names): \(evidence.verifyError ?? "valid")")
            #expect((evidence.verifyError == nil) == expected.isEmpty)
        }
    }

    @Test("says that a leaf issued by another leaf breaks a constraint")
    func leafAsIssuer() throws {
        #expect(try Fixtures.get().evidence("child", "good", "inter").problems == [.constraintViolation])
    }

    @Test("tells a missing intermediate from an unknown authority")
    func gap() throws {
        let fixtures = try Fixtures.get()
        // The organisation of the issuer is that of the trusted root.
        #expect(try fixtures.evidence("good").problems == [.incompleteChain])
        // Anyone can fetch the issuer from the http URL, nobody outside from the ldap one.
        #expect(try fixtures.evidence("located").problems == [.incompleteChain])
        #expect(try fixtures.evidence("ldap").problems == [.unknownAuthority])
        #expect(try fixtures.evidence("unknown").problems == [.unknownAuthority])
        #expect(try fixtures.evidence("unknownDeep", "otherInter").problems == [.unknownAuthority])
    }

    @Test("calls no certificate missing when the issuer bears the name of a trusted root and is another")
    func namesake() throws {
        let fixtures = try Fixtures.get()
        let judge = try ChainJudge(trustStore: fixtures.trust("namesake"))
        let chain = try fixtures.chain("good")
        let evidence = judge.evidence(chain: chain, at: fixtures.made.addingTimeInterval(86400))
        #expect(evidence.problems == [.unknownAuthority])
    }

    @Test("trusts a self-signed certificate that is in the trust store")
    func pinned() throws {
        let fixtures = try Fixtures.get()
        let judge = try ChainJudge(trustStore: fixtures.trust("selfSigned"))
        let evidence = try judge.evidence(
            chain: fixtures.chain("selfSigned"), at: fixtures.made.addingTimeInterval(86400))
        #expect(evidence.problems.isEmpty)
    }

    @Test("finds a signature that does not verify")
    func badSignature() throws {
        let fixtures = try Fixtures.get()
        var chain = try fixtures.chain("good", "inter")
        // The last octet belongs to the signature value.
        chain[0][chain[0].count - 1] ^= 1
        let judge = try ChainJudge(trustStore: fixtures.trust("root"))
        let evidence = judge.evidence(chain: chain, at: fixtures.made.addingTimeInterval(86400))
        #expect(evidence.problems == [.badSignature])
    }

    @Test("calls what cannot be parsed malformed, wherever it stands")
    func malformed() throws {
        let fixtures = try Fixtures.get()
        let judge = try ChainJudge(trustStore: fixtures.trust("root"))
        let time = fixtures.made.addingTimeInterval(86400)
        let junk: [UInt8] = [0x30, 0x03, 0x02, 0x01, 0x05]
        let leaf = judge.evidence(chain: [junk] + (try fixtures.chain("inter")), at: time)
        #expect(leaf.leaf == nil && leaf.problems == [.malformedCertificate])
        let other = judge.evidence(chain: try fixtures.chain("good", "inter") + [junk], at: time)
        #expect(other.leaf != nil && other.problems == [.malformedCertificate])
        #expect(other.certificates.map { $0 == nil } == [false, false, true])
    }

    @Test("of no certificate at all is no success")
    func empty() throws {
        let judge = try ChainJudge(trustStore: Fixtures.get().trust("root"))
        let evidence = judge.evidence(chain: [], at: Date(timeIntervalSince1970: 0))
        #expect(evidence.problems == [.unknownAuthority] && evidence.verifyError != nil)
    }

    @Test("has every cause at once")
    func allCauses() throws {
        let evidence = try Fixtures.get().evidence("sha1", days: 201)
        #expect(evidence.problems == [.incompleteChain, .expired, .weakCertificate])
        #expect(evidence.verifyError?.contains("unable to get local issuer certificate") == true)
    }
}

@Suite("Evidence and time")
struct ChainTimeTests {
    @Test(
        "follows the dates of every certificate of the path",
        arguments: [(-1.0, [Finding.notYetValid]), (1, []), (99, []), (101, [.expired]), (201, [.expired])])
    func intermediate(days: Double, expected: [Finding]) throws {
        let evidence = try Fixtures.get().evidence("ofShort", "short", days: days)
        #expect(evidence.problems == Set(expected))
        if days == 101 { #expect(evidence.verifyError?.contains("certificate 1 of the path: CN=short") == true) }
    }

    @Test("is the same from a judge that remembers as from one that does not, at each second around each date")
    func remembered() throws {
        let fixtures = try Fixtures.get()
        let store = try fixtures.trust("root")
        let remembering = ChainJudge(trustStore: store)
        let forgetful = ChainJudge(trustStore: store, cacheSize: 0)
        let chain = try fixtures.chain("ofShort", "short")
        let dates = try ["ofShort", "short", "root"].flatMap { name -> [Date] in
            let facts = try #require(certificateFacts(der: fixtures.der(name)))
            return [try #require(facts.notBefore), try #require(facts.notAfter)]
        }
        var seen: Set<Set<Finding>> = []
        // Twice, so that the second round meets whatever the first one left.
        for _ in 0..<2 {
            for date in dates {
                for offset in [-1.0, -0.5, 0, 0.5, 1] {
                    let time = date.addingTimeInterval(offset)
                    let evidence = remembering.evidence(chain: chain, at: time)
                    #expect(evidence == forgetful.evidence(chain: chain, at: time), "at \(time)")
                    seen.insert(evidence.problems)
                }
            }
        }
        #expect(seen == [[.notYetValid], [], [.expired]])
    }

    @Test("is the same from many threads at once")
    func concurrent() async throws {
        let fixtures = try Fixtures.get()
        let judge = try ChainJudge(trustStore: fixtures.trust("root"), cacheSize: 8)
        let time = fixtures.made.addingTimeInterval(86400)
        let chains = try [
            fixtures.chain("good", "inter"), fixtures.chain("unknown", "other"), fixtures.chain("selfSigned"),
            fixtures.chain("good"), fixtures.chain("sha1", "inter"), fixtures.chain("clientOnly", "inter"),
        ]
        let expected: [Set<Finding>] = [
            [], [.unknownAuthority], [.selfSigned], [.incompleteChain], [.weakCertificate], [.wrongPurpose],
        ]
        await withTaskGroup(of: Bool.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    (0..<60).allSatisfy { round in
                        let index = (round + worker) % chains.count
                        return judge.evidence(chain: chains[index], at: time).problems == expected[index]
                    }
                }
            }
            for await allRight in group { #expect(allRight) }
        }
    }
}

@Suite("A bounded cache")
struct GenerationalCacheTests {
    @Test("never holds more than its capacity and keeps what is used")
    func bounded() {
        var cache = GenerationalCache<Int, Int>(capacity: 100)
        for key in 0..<10_000 {
            cache.insert(key, for: key)
            // Key 0 is asked for all the time.
            #expect(cache.value(for: 0) == 0)
            #expect(cache.count <= 100)
        }
        #expect(cache.value(for: 9_999) == 9_999)
        #expect(cache.value(for: 5_000) == nil)
    }

    @Test("of capacity 0 keeps nothing")
    func none() {
        var cache = GenerationalCache<Int, Int>(capacity: 0)
        cache.insert(1, for: 1)
        #expect(cache.value(for: 1) == nil)
    }
}
