import Foundation
import Testing

extension EndToEnd {
    @Suite("Hosts asked once more, without SNI")
    struct SecondLookTests {
        @Test("a scan asks the hosts that showed a certificate, and its summary says what came of it")
        func scan() async throws {
            let lab = try await LabSession(scale: "1:16000")
            let data = try TemporaryFolder()
            for (name, share) in [("all", "all"), ("half", "50%")] {
                let scan = try await MXCensusProgram.run(
                    [
                        "scan", lab.place.list, "--data-dir", data.path("pg"), "--name", name, "--verify-without-sni",
                        share,
                    ] + lab.options)
                try #require(scan.status == 0, "\(scan.errors)")
                #expect(scan.output.contains("A second look, without SNI"))
            }
            let all = try await asked(data, "all")
            let session = all.filter { $0.tlsVersion != nil && $0.conclusive }
            #expect(session.count > 50)
            #expect(all.filter { $0.secondLook != nil }.map(\.host) == session.map(\.host))
            // Each host of the lab's own list has one certificate.
            #expect(session.allSatisfy { $0.secondLook == "same" && !$0.findings.contains("sni_dependent") })
            let half = try await asked(data, "half").count { $0.secondLook != nil }
            // Half of them, within five standard deviations.
            let deviation = 5 * (Double(session.count) / 4).squareRoot()
            #expect((Double(half) - Double(session.count) / 2).magnitude < deviation)
        }

        @Test(
            "a host with another certificate, or none, for clients that send no name is told apart",
            arguments: [
                ("other", "127.1.0.21", true), ("no_certificate", "127.1.0.22", true), ("same", "127.1.0.23", false),
            ])
        func probe(result: String, address: String, dependent: Bool) async throws {
            let folder = try TemporaryFolder()
            let named = try await TestCertificates(folder: folder, host: "mx.sni.test")
            let elsewhere = try TemporaryFolder()
            let other = try await TestCertificates(folder: elsewhere, host: "other.sni.test")
            let dns = try await TestDNS(records: ["mx.sni.test. IN A \(address)"])
            let server = try RunningProgram(
                URL(filePath: "/usr/bin/env"),
                [
                    "python3", "-u", "-c", Self.server, result, address, named.certificate, named.key,
                    other.certificate,
                    other.key,
                ])
            defer { server.signal(SIGTERM) }
            try await server.waitUntil("the server was up") { $0.output.contains("ready") }
            let probe = try await MXCensusProgram.run([
                "probe", "mx.sni.test", "--host", "--dns", dns.server, "--port", "2527", "--trust-file",
                named.authority, "--allow-network", "127.0.0.0/8", "--verify-without-sni", "--json",
            ])
            try #require(probe.status == 0, "\(probe.errors) \(server.errors)")
            let page = try JSONDecoder().decode(Page.self, from: Data(probe.output.utf8))
            #expect(page.probes.map(\.outcome) == ["trusted"])
            #expect(page.probes.map(\.second_look.result) == [result])
            #expect(page.probes[0].findings.contains { $0.code == "sni_dependent" } == dependent)
        }

        /// An SMTP server with Python's TLS: one certificate for its name, and for clients that send none another one, none at
        /// all, or the same.
        private static let server = """
            import socketserver, ssl, sys
            mode, address, cert, key, other_cert, other_key = sys.argv[1:]
            def context(cert, key):
                c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                c.load_cert_chain(cert, key)
                return c
            named, other = context(cert, key), context(other_cert, other_key)
            first = other if mode == "other" else named
            def choose(socket, name, context):
                if name == "mx.sni.test":
                    socket.context = named
                elif mode == "no_certificate":
                    return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
            first.sni_callback = choose
            class Session(socketserver.BaseRequestHandler):
                def handle(self):
                    s = self.request
                    s.sendall(b"220 mx.sni.test ESMTP\\r\\n")
                    s.recv(500)
                    s.sendall(b"250-mx.sni.test\\r\\n250 STARTTLS\\r\\n")
                    s.recv(500)
                    s.sendall(b"220 go ahead\\r\\n")
                    try:
                        s = first.wrap_socket(s, server_side=True)
                        s.recv(500)
                        s.sendall(b"250 mx.sni.test\\r\\n")
                        s.recv(500)
                        s.sendall(b"221 bye\\r\\n")
                    except OSError:
                        pass
            socketserver.TCPServer.allow_reuse_address = True
            server = socketserver.ThreadingTCPServer((address, 2527), Session)
            print("ready")
            server.serve_forever()
            """

        private func asked(_ data: TemporaryFolder, _ scan: String) async throws -> [Attempt] {
            try await MXCensusProgram.run(["export", "probes", scan, "--data-dir", data.path("pg")])
                .lines(of: Attempt.self)
        }

        private struct Attempt: Decodable {
            let host, outcome: String
            let conclusive: Bool
            let findings: [String]
            let tlsVersion, secondLook: String?
        }

        private struct Page: Decodable {
            struct Probe: Decodable {
                struct Finding: Decodable { let code: String }
                struct Look: Decodable { let result: String }
                let outcome: String
                let findings: [Finding]
                let second_look: Look
            }
            let probes: [Probe]
        }
    }
}
