import Benchmark
import CensusModel
import CensusRules
import CertificateChain
import DomainNames
import Foundation
import ListImport
import PostgresClient
import SMTPProtocol

@testable import CensusStore
@testable import DNSLookup

/// What is called once or more for each probe, lookup or line. Times are for one call; on a machine with other work the lower
/// percentiles say more than the median.
let benchmarks: @Sendable () -> Void = {
    // Counts of allocations would need a library in the place of malloc: they are not shown.
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput], warmupIterations: 3, scalingFactor: .kilo, maxDuration: .seconds(2))
    network()
    certificates()
    database()
    lists()
}

private func network() {
    Benchmark("reply parser: an EHLO reply of nine lines") { benchmark in
        let bytes = Samples.ehlo
        for _ in benchmark.scaledIterations {
            var parser = ReplyParser()
            var offset = 0
            blackHole(parser.parse(bytes.span, from: &offset))
        }
    }
    Benchmark("EHLO keywords: nine lines") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(EHLOKeywords(Samples.ehloReply)) }
    }
    Benchmark("DNS message: an answer with MX records") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(try? DNSMessage(Samples.mxMessage)) }
    }
}

private func certificates() {
    Benchmark("name check: a certificate and a host") { benchmark in
        let leaf = Samples.evidence.leaf!
        for _ in benchmark.scaledIterations { blackHole(HostNameCheck.match(Samples.host, leaf)) }
    }
    Benchmark(
        "judging a chain: never seen before",
        configuration: .init(metrics: [.wallClock, .throughput], warmupIterations: 3, maxDuration: .seconds(2))
    ) { benchmark in
        let judge = ChainJudge(trustStore: KnownChains.trust, cacheSize: 0)
        for _ in benchmark.scaledIterations { blackHole(judge.evidence(chain: Samples.chain, at: Samples.time)) }
    }
    Benchmark("judging a chain: remembered") { benchmark in
        let judge = ChainJudge(trustStore: KnownChains.trust)
        for _ in benchmark.scaledIterations { blackHole(judge.evidence(chain: Samples.chain, at: Samples.time)) }
    }
    Benchmark("verdict of an observation, its chain judged") { benchmark in
        for _ in benchmark.scaledIterations {
            blackHole(Judge.verdict(of: Samples.observation, evidence: Samples.evidence, at: Samples.time))
        }
    }
}

private func database() {
    Benchmark("record encoding: a result, in a batch of 1,000 with one chain") { benchmark in
        let type = CompositeType(typeID: 1, arrayTypeID: 2)
        let completion = Samples.completion(records: benchmark.scaledIterations.count)
        benchmark.startMeasurement()
        blackHole(ProbeBatch([completion], recordType: type, certificateType: type))
    }
}

private func lists() {
    Benchmark("name normaliser: an ASCII name") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(NameNormalizer.domain(from: "Shop-17.Example.com")) }
    }
    Benchmark("name normaliser: a Unicode name") { benchmark in
        for _ in benchmark.scaledIterations { blackHole(NameNormalizer.domain(from: "Bücher.example")) }
    }
    Benchmark("list reading: a line of 1,000") { benchmark in
        let path = Samples.list(lines: benchmark.scaledIterations.count)
        defer { try? FileManager.default.removeItem(atPath: path) }
        benchmark.startMeasurement()
        let reader = try ListReader(path: path)
        while let chunk = try reader.next() { blackHole(chunk) }
        benchmark.stopMeasurement()
    }
}
