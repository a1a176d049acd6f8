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
                folder: folder,
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

/// A root, and a certificate for one host signed by it, made by the openssl command.
struct TestCertificates: Sendable {
    let authority, certificate, key: String

    init(folder: TemporaryFolder, host: String) async throws {
        authority = folder.path("ca.pem")
        certificate = folder.path("cert.pem")
        key = folder.path("key.pem")
        let authorityKey = folder.path("ca.key")
        let request = folder.path("request.pem")
        let extensions = try folder.write(
            "extensions", "subjectAltName=DNS:\(host)\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
        let newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try await openssl(
            ["req", "-x509"] + newKey + [
                "-keyout", authorityKey, "-out", authority, "-days", "30", "-subj", "/CN=Interop Root",
            ])
        try await openssl(["req"] + newKey + ["-keyout", key, "-out", request, "-subj", "/CN=\(host)"])
        try await openssl([
            "x509", "-req", "-in", request, "-CA", authority, "-CAkey", authorityKey, "-out", certificate,
            "-days", "30", "-extfile", extensions,
        ])
    }

    private func openssl(_ arguments: [String]) async throws {
        let result = await (try RunningProgram(URL(filePath: "/usr/bin/openssl"), arguments)).result()
        try #require(result.status == 0, "openssl \(arguments[0]): \(result.errors)")
    }
}

/// An unbound that answers from given records.
final class TestDNS: Sendable {
    let server: String
    private let program: RunningProgram

    init(folder: TemporaryFolder, records: [String]) async throws {
        let port = 5399
        server = "127.0.0.1:\(port)"
        let data = records.map { "  local-data: \"\($0)\"\n" }.joined()
        let configuration = try folder.write(
            "unbound.conf",
            """
            server:
              interface: 127.0.0.1
              port: \(port)
              do-daemonize: no
              username: ""
              chroot: ""
              pidfile: ""
              use-syslog: no
              logfile: ""
              verbosity: 1
              module-config: "iterator"
              # Nothing else is known, and nobody outside is asked.
              local-zone: "." refuse
              local-zone: "test." static
            \(data)
            remote-control:
              control-enable: no

            """)
        program = try RunningProgram(MTA.script("unbound"), ["-d", "-c", configuration])
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
