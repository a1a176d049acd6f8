import Foundation
import Testing

extension EndToEnd {
    @Suite("Looks that names share")
    struct SharedLookTests {
        @Test("a scan with shared looks finds what one without them does, over far fewer connections")
        func scan() async throws {
            let logs = try TemporaryFolder()
            let lab = try await LabSession(
                scale: "1:500", profile: "shared-addresses", ["--connection-log", logs.path("connections")])
            let data = try TemporaryFolder()
            let own = try await find(lab, data, "own", [])
            let shared = try await find(lab, data, "shared", ["--share-looks", "--share-looks-check", "5%"])
            try await lab.stop()
            #expect(own.allSatisfy { $0.sharedFrom == nil })
            #expect(own.map(Judged.init) == shared.map(Judged.init))

            let sharing = try await figures(data)
            let saved = shared.count { $0.sharedFrom != nil }
            #expect(saved == sharing.shared)
            // Each attempt that is not shared is a connection, and nothing else is.
            let opened = try LabConnections(file: logs.path("connections")).count
            let expected = own.count(where: \.isConnection) + shared.count(where: \.isConnection)
            #expect(opened == expected, "connections of both scans")
            // 70 % of the hosts are at addresses that treat all names alike; of some of these every second one is a check.
            #expect(saved > shared.count / 3)
            print(
                """
                shared looks: \(own.count) attempts; \(saved) connections saved; of \(sharing.addresses) addresses \
                \(sharing.independent) independent, \(sharing.dependent) dependent; \(sharing.checks) comparisons, \
                \(sharing.voided) results voided; \(opened) connections in both scans
                """)
        }

        /// Scans, and compares with the truth.
        private func find(
            _ lab: LabSession, _ data: TemporaryFolder, _ name: String, _ options: [String]
        ) async throws -> [Attempt] {
            let scan = try await MXCensusProgram.run(
                ["scan", lab.place.list, "--data-dir", data.path("pg"), "--name", name] + lab.options + options)
            try #require(scan.status == 0, "\(scan.errors)")
            #expect(scan.output.contains("Where results come from") == !options.isEmpty)
            let domains = try await MXCensusProgram.run(["export", "domains", name, "--data-dir", data.path("pg")])
            let probes = try await MXCensusProgram.run(["export", "probes", name, "--data-dir", data.path("pg")])
            try await lab.expectTruth(domains: domains, probes: probes, "the scan '\(name)'")
            return try probes.lines(of: Attempt.self).sorted { ($0.host, $0.address) < ($1.host, $1.address) }
        }

        private func figures(_ data: TemporaryFolder) async throws -> Sharing {
            let psql = try await MXCensusProgram.run([
                "psql", "--data-dir", data.path("pg"), "--", "-At", "-F", " ", "-c",
                "SELECT addresses, independent, dependent, checks, voided, shared_hosts FROM census.look_sharing",
            ])
            try #require(psql.status == 0, "\(psql.errors)")
            let numbers = psql.output.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
            try #require(numbers.count == 6, "\(psql.output)")
            return Sharing(
                addresses: numbers[0], independent: numbers[1], dependent: numbers[2], checks: numbers[3],
                voided: numbers[4], shared: numbers[5])
        }

        private struct Sharing {
            let addresses, independent, dependent, checks, voided, shared: Int
        }

        private struct Attempt: Decodable {
            let host, address, outcome: String
            let conclusive: Bool
            let starttls, verified: Bool?
            let findings: [String]
            let fingerprint, tlsVersion, sharedFrom: String?

            /// The lab's log has every connection to a mail host, and not those to addresses that play dead.
            var isConnection: Bool {
                sharedFrom == nil && outcome != "refused" && outcome != "connect_timeout" && outcome != "unreachable"
            }
        }

        /// All but when and how it was seen.
        private struct Judged: Equatable {
            let host, address, outcome: String
            let conclusive: Bool
            let starttls, verified: Bool?
            let findings: [String]
            let fingerprint, tlsVersion: String?

            init(_ attempt: Attempt) {
                (host, address, outcome) = (attempt.host, attempt.address, attempt.outcome)
                (conclusive, starttls, verified) = (attempt.conclusive, attempt.starttls, attempt.verified)
                (findings, fingerprint, tlsVersion) = (attempt.findings, attempt.fingerprint, attempt.tlsVersion)
            }
        }
    }
}
