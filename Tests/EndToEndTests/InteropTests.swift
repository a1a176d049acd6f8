import Foundation
import Testing

extension EndToEnd {
    /// Servers that nobody here wrote, from Debian's packages, each with its own configuration on loopback.
    @Suite("A scan of real mail servers")
    struct InteropTests {
        @Test(
            "finds a good certificate trusted and a wrong name mismatched",
            arguments: [("postfix", "127.1.0.2"), ("exim", "127.1.0.3")])
        func scan(kind: String, address: String) async throws {
            let folder = try TemporaryFolder()
            let certificates = try await TestCertificates(folder: folder, host: "mx.\(kind).test")
            let dns = try await TestDNS(
                records: [
                    "good-\(kind).test. IN MX 10 mx.\(kind).test.", "mx.\(kind).test. IN A \(address)",
                    "other-\(kind).test. IN MX 10 elsewhere.\(kind).test.", "elsewhere.\(kind).test. IN A \(address)",
                ])
            let list = try folder.write("list.csv", "domain,weight\ngood-\(kind).test,10\nother-\(kind).test,1\n")
            let scan = try await MTA.serving(
                kind, address: address, port: 2526, host: "mx.\(kind).test", certificates: certificates,
                [
                    MXCensusProgram.url.path, "scan", list, "--data-dir", folder.path("pg"), "--dns", dns.server,
                    "--port", "2526", "--trust-file", certificates.authority, "--allow-network", "127.0.0.0/8",
                    "--retries", "0",
                ])
            try #require(scan.status == 0, "\(scan.errors)")
            let export = try await MXCensusProgram.run(["export", "probes", "--data-dir", folder.path("pg")])
            let probes = try export.lines(of: ProbeLine.self).sorted { $0.host < $1.host }
            #expect(probes.map(\.host) == ["elsewhere.\(kind).test", "mx.\(kind).test"])
            #expect(probes.map(\.outcome) == ["name_mismatch", "trusted"])
            #expect(probes.allSatisfy { $0.starttls == true && $0.conclusive })
            #expect(probes.map(\.verified) == [false, true])
            #expect(probes.allSatisfy { $0.tlsVersion == "TLSv1.3" })
            #expect(probes.allSatisfy { $0.greeting?.hasPrefix("220 mx.\(kind).test ESMTP") == true })
        }

        private struct ProbeLine: Decodable {
            let host, outcome: String
            let starttls, verified: Bool?
            let conclusive: Bool
            let tlsVersion, greeting: String?
        }
    }
}

/// A root, and a certificate for one host that leads to it, made by the openssl command.
struct TestCertificates: Sendable {
    let authority, certificate, key: String

    init(folder: TemporaryFolder, host: String) async throws {
        let made = try await RunningProgram(MTA.script("certificates"), [folder.url.path, host]).result()
        try #require(made.status == 0, "\(made.errors)")
        authority = folder.path("root.pem")
        certificate = folder.path("good.pem")
        key = folder.path("good.key")
    }
}

/// An unbound that answers from given records.
final class TestDNS: Sendable {
    let server: String
    private let program: RunningProgram

    init(records: [String]) async throws {
        let port = 5399
        server = "127.0.0.1:\(port)"
        program = try RunningProgram(MTA.script("dns"), ["127.0.0.1", "\(port)"] + records)
        try await program.waitUntil("unbound was up") { $0.errors.contains("start of service") }
    }

    deinit { program.signal(SIGTERM) }
}

/// A mail server of Debian's, run for the time of one command.
enum MTA {
    static func script(_ name: String) -> URL {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Support/mta/\(name)")
            .standardizedFileURL
    }

    static func serving(
        _ kind: String, address: String, port: Int, host: String, certificates: TestCertificates, _ command: [String]
    ) async throws -> ProgramResult {
        await
            (try RunningProgram(
                script("with-server"),
                [kind, address, "\(port)", host, certificates.certificate, certificates.key, "--"] + command)).result()
    }
}
