import CensusModel
import Foundation
import Testing

@testable import CensusLab

/// Clients are raw sockets and `openssl s_client`.
@Suite("SMTP farm")
struct FarmTests {
    @Test("Behaviours before TLS, over raw sockets")
    func plainBehaviours() async throws {
        let offer = #/250[- ]STARTTLS\r\n/#
        try await withLab { lab, _ in
            func talk(_ behaviour: Behaviour, _ commands: String...) async throws -> [RawClient.Event] {
                try await dialogue(address(behaviour, lab), lab.smtpPort, commands)
            }
            func texts(_ behaviour: Behaviour, _ commands: String...) async throws -> [String] {
                try await dialogue(address(behaviour, lab), lab.smtpPort, commands).map {
                    if case .text(let text) = $0 { text } else { "\($0)" }
                }
            }
            #expect(try await talk(.closed) == [.closed])
            #expect(try await talk(.reset) == [.failed(ECONNRESET)])
            #expect(try await texts(.tooManyConnections)[0].hasPrefix("421 "))
            #expect(try await texts(.blocklisted)[0].hasPrefix("554 "))
            #expect(try await texts(.noSMTPService) == ["554 No SMTP service here\r\n"])
            #expect(try await texts(.http)[0].hasPrefix("HTTP/1.1 400 "))
            let plain = try await texts(.plain, "EHLO test", "STARTTLS", "QUIT")
            #expect(plain[0].hasPrefix("220 mx.plain.behaviour.lab.test "))
            #expect(plain[1].hasPrefix("250-mx.plain.behaviour.lab.test\r\n"))
            #expect(!plain[1].contains(offer))
            #expect(plain[2].hasPrefix("502 "))
            #expect(plain[3].hasPrefix("221 "))
            #expect(try await texts(.plainSlow, "EHLO test")[1].hasPrefix("250"))
            #expect(try await texts(.masked, "EHLO test")[1].contains("250-XXXXXXXA\r\n"))
            let helo = try await texts(.heloOnly, "EHLO test", "HELO test")
            #expect(helo[1].hasPrefix("502 ") && helo[2].hasPrefix("250 "))
            let refused = try await texts(.starttlsRefused, "EHLO test", "STARTTLS")
            #expect(refused[1].contains(offer) && refused[2].hasPrefix("502 "))
            #expect(try await texts(.starttlsTemporary, "EHLO test", "STARTTLS")[2].hasPrefix("454 "))
            let rejected = try await texts(.ehloRejected, "EHLO test", "HELO test")
            #expect(rejected[1].hasPrefix("550 ") && rejected[2].hasPrefix("550 "))
            #expect(try await texts(.protocolError, "EHLO test")[1] == "internal filter error, see log\r\n")
            #expect(try await talk(.ehloClosed, "EHLO test")[1] == .closed)
        }
    }

    @Test("Silence, dropped connection requests, refusal and an unreachable network")
    func withoutAnswer() async throws {
        try await withLab { lab, _ in
            #expect(try await dialogue(address(.silent, lab), lab.smtpPort, wait: 300) == [.silence])
            let stalled = try await dialogue(address(.ehloSilent, lab), lab.smtpPort, ["EHLO test"], wait: 300)
            #expect(stalled.last == .silence)
            #expect(try await dialogue(address(.dropped, lab), lab.smtpPort, wait: 300) == [.silence])
            #expect(try await dialogue(address(.refused, lab), lab.smtpPort) == [.failed(ECONNREFUSED)])
            #expect(try await dialogue(address(.unreachable, lab), lab.smtpPort) == [.failed(ENETUNREACH)])
            // Only what reached the farm is counted.
            #expect(lab.connections().map(\.behaviour).sorted() == ["ehlo-silent", "silent"])
        }
    }

    @Test(
        "Behaviours under TLS, as openssl s_client sees them",
        arguments: [
            ("trusted", "Verify return code: 0 (ok)"), ("trusted-slow", "Verify return code: 0 (ok)"),
            ("trusted-tls12", "New, TLSv1.2"), ("expires-soon", "Verify return code: 0 (ok)"),
            ("name-mismatch", "Verify return code: 62"), ("wildcard-too-deep", "Verify return code: 62"),
            ("unknown-authority", "Verify return code: 20"), ("self-signed", "Verify return code: 18"),
            ("missing-intermediate", "Verify return code: 21"), ("expired", "Verify return code: 10"),
            ("not-yet-valid", "Verify return code: 9"), ("negative-serial", "Verify return code: 0 (ok)"),
            ("bad-signature", "Verify return code: 7"), ("wrong-purpose", "Verify return code: 26"),
            ("unknown-critical-extension", "Verify return code: 34"), ("handshake-alert", "SSL alert number 40"),
            ("handshake-internal-error", "SSL alert number 80"), ("handshake-not-tls", "wrong version number"),
            ("handshake-closed", "unexpected eof"), ("post-tls-closed", "Verify return code: 0 (ok)"),
            ("post-tls-rejected", "554 5.3.0"),
        ])
    func tlsBehaviours(name: String, words: String) async throws {
        try await withLab { lab, folder in
            let behaviour = try #require(Behaviour.named(name))
            let host = "mx.\(name).behaviour.lab.test"
            // -crlf and a waiting EHLO; s_client ends when the server closes after QUIT or by itself.
            let result = try await run(
                "openssl",
                [
                    "s_client", "-starttls", "smtp", "-connect", "\(try address(behaviour, lab)):\(lab.smtpPort)",
                    "-servername",
                    host, "-verify_hostname", host, "-no-CApath", "-no-CAstore", "-CAfile", "\(folder)/trust.pem",
                    "-crlf",
                    "-ign_eof",
                ],
                input: "EHLO test\nquit\n")
            #expect(result.output.contains(words), "\(result.output)")
            #expect(lab.problem == nil)
        }
    }

    @Test("A name outside the list is its own mail host, with a certificate for the name that is asked for")
    func strangers() async throws {
        try await withLab { lab, folder in
            let truth = try LabTruth(configuration: lab.configuration)
            let names = (0..<20_000).lazy.map { "name\($0).example" }
            let row = try #require(
                names.map { truth.domain($0) }.first { $0.status == .implicitMX && $0.hosts[0].outcome == .trusted })
            let result = try await run(
                "openssl",
                [
                    "s_client", "-starttls", "smtp", "-connect", "\(row.hosts[0].addresses[0]):\(lab.smtpPort)",
                    "-servername",
                    row.domain, "-verify_hostname", row.domain, "-no-CApath", "-no-CAstore", "-CAfile",
                    "\(folder)/trust.pem",
                    "-crlf", "-ign_eof",
                ],
                input: "quit\n")
            #expect(result.output.contains("Verified peername: \(row.domain)"))
        }
    }

    @Test(
        "Hosts of the list are what the truth says",
        arguments: [Outcome.trusted, .starttlsNotOffered, .expired, .selfSigned])
    func poolHosts(outcome: Outcome) async throws {
        try await withLab { lab, folder in
            let truth = try LabTruth(configuration: lab.configuration)
            var found: HostTruth?
            truth.forEachHost { if found == nil, $0.outcome == outcome, $0.addresses.count == 1 { found = $0 } }
            let host = try #require(found)
            let events = await dialogue(host.addresses[0], lab.smtpPort, ["EHLO test"])
            guard case .text(let reply)? = events.last else {
                Issue.record("\(events)")
                return
            }
            #expect(reply.hasPrefix("250") && reply.contains(host.host))
            #expect(reply.uppercased().contains("STARTTLS") == host.starttls)
        }
    }

    @Test("Commands in one packet are obeyed in their order, even those that come before a slow greeting")
    func pipelining() async throws {
        try await withLab { lab, _ in
            let client = RawClient(try address(.plainSlow, lab), port: lab.smtpPort)
            defer { client.end() }
            client.send("EHLO test\r\nNOOP\r\nMAIL FROM:<>\r\nNO SUCH THING\r\nQUIT\r\n")
            let codes = client.readToEnd().split(whereSeparator: \.isNewline).map { $0.prefix(4) }.filter {
                $0.last == " "
            }
            #expect(codes == ["220 ", "250 ", "250 ", "450 ", "502 ", "221 "])
        }
    }

    @Test("A line without end ends the connection")
    func endlessLine() async throws {
        try await withLab { lab, _ in
            let client = RawClient(try address(.plain, lab), port: lab.smtpPort)
            defer { client.end() }
            #expect(client.readReply()?.hasPrefix("220 ") == true)
            client.send(String(repeating: "x", count: 10_000))
            #expect(client.readReply() == nil)
        }
    }
}
