import CensusModel
import Foundation
import Testing

@testable import CensusLab

/// What the scripted behaviours send, byte for byte, to raw sockets and `openssl s_client`.
@Suite("Scripted behaviours")
struct ScriptTests {
    private static func address(_ name: String) throws -> IPAddress {
        let behaviour = try #require(Behaviour.named(name))
        return .v4(0x7f00_1000 + UInt32(try #require(Behaviour.numbers[behaviour])))
    }

    private static func quick(_ configuration: inout LabConfiguration) {
        configuration.waits = LabWaits(verySlow: 40, portion: 20, byte: 10)
    }

    private static let greeted = ["EHLO test"]
    private static let upgraded = ["EHLO test", "STARTTLS"]

    @Test(
        "The last answer to some commands",
        arguments: [
            ("greeting-very-slow", [], #"220 mx\."#), ("postscreen", [], #"220-mx\..*\r\n220 mx\..* ESMTP\r\n"#),
            ("greeting-portions", [], #"220-mx\..* ESMTP\r\n220-No mail for anybody\r\n220 welcome\r\n"#),
            ("greeting-drip", [], #"220 ok\r\n"#), ("greeting-mixed-codes", [], #"220-.*\r\n554 or perhaps not\r\n"#),
            ("greeting-354", [], "354 "), ("bare-line-feed", greeted, #"250-.*\n250-PIPELINING\n250 STARTTLS\n"#),
            ("ehlo-mixed-codes", greeted, #"250-.*\r\n250-STARTTLS\r\n550 HELP\r\n"#),
            ("ehlo-second-greeting", greeted, "220 "), ("starttls-malformed", upgraded, "TLS go ahead"),
            ("starttls-354", upgraded, "354 "), ("ssh", [], "SSH-2.0-"), ("pop3", [], #"\+OK "#),
            ("imap", [], #"\* OK "#),
            ("ftp", ["EHLO test", "HELO test"], "500 HELO not understood"),
            ("tls-alert-greeting", [], "\u{15}\u{3}\u{3}"),
            ("masked-x", greeted, #"250-XXXXXXXX\r\n"#), ("masked-b", greeted, #"250-XXXXXXXB\r\n"#),
            ("masked-banner", [], #"220 \*+0\*2\*+\r\n"#), ("banner-only-masked", greeted, #"250-STARTTLS\r\n"#),
            ("starttls-odd-case", greeted, #"250-StartTls\r\n"#),
            ("starttls-twice", greeted, #"250-STARTTLS\r\n250-STARTTLS\r\n"#),
            ("starttls-parameters", greeted, #"250-STARTTLS REQUIRED x=1\r\n"#),
            ("starttls-in-text", greeted, #"250-STARTTLS\r\n250-HELP STARTTLS\r\n"#),
            ("plaintext-after-go", upgraded, #"220 2\.0\.0 Ready to start TLS\r\n250 2\.1\.0 Injected\r\n"#),
            ("greylisted", [], "451 4.7.1 "), ("ehlo-blocklisted", ["EHLO test", "HELO test"], "550 5.7.1 "),
            ("ehlo-temporary", greeted, "451 "), ("starttls-421", upgraded, "421 "), ("starttls-501", upgraded, "501 "),
            ("starttls-503", upgraded, "503 "), ("starttls-554", upgraded, "554 "), ("ehlo-421", greeted, "421 "),
            ("helo-421", ["EHLO test", "HELO test"], "421 "),
        ])
    func answers(name: String, commands: [String], pattern: String) async throws {
        try await withLab(scale: 100_000, Self.quick) { lab, _ in
            let events = try await dialogue(Self.address(name), lab.smtpPort, commands)
            guard case .text(let text)? = events.last else {
                Issue.record("\(events)")
                return
            }
            let expected = try Regex(pattern)
            #expect(text.contains(expected), "\(text)")
        }
    }

    @Test(
        "Hosts that break off or fall silent do so at their step",
        arguments: [
            ("greeting-cut", [], RawClient.Event.text("220-mx.greeting-cut.behaviour.lab.test ES")),
            ("ehlo-reset", greeted, .failed(ECONNRESET)), ("helo-closed", ["EHLO test", "HELO test"], .closed),
            ("helo-reset", ["EHLO test", "HELO test"], .failed(ECONNRESET)),
            ("helo-silent", ["EHLO test", "HELO test"], .silence), ("starttls-closed", upgraded, .closed),
            ("starttls-reset", upgraded, .failed(ECONNRESET)), ("starttls-silent", upgraded, .silence),
            ("handshake-reset", upgraded + ["hello"], .failed(ECONNRESET)),
            ("handshake-silent", upgraded + ["hello"], .silence), ("implicit-tls", [], .silence),
        ])
    func interruptions(name: String, commands: [String], expected: RawClient.Event) async throws {
        try await withLab(scale: 100_000, Self.quick) { lab, _ in
            let wait: Int32 = expected == .silence ? 500 : 10_000
            let events = try await dialogue(Self.address(name), lab.smtpPort, commands, wait: wait)
            #expect(events.last == expected)
        }
    }

    @Test("Who talks before the greeting is complete is sent away by one host, and by it alone")
    func earlyTalk() async throws {
        try await withLab(scale: 100_000) {
            Self.quick(&$0)
            $0.slowGreeting = 2000...2000
        } _: { lab, _ in
            let client = RawClient(try Self.address("postscreen"), port: lab.smtpPort)
            defer { client.end() }
            client.send("EHLO early\r\n")
            let text = client.readToEnd()
            #expect(text.contains("554 5.5.0") && !text.contains("250"))
        }
    }

    @Test(
        "What never ends goes on until the client goes",
        arguments: [
            ("greeting-drip-endless", []), ("greeting-endless-lines", []), ("greeting-endless-line", []),
            ("tarpit", greeted), ("tarpit-starttls", upgraded), ("ehlo-endless-lines", greeted),
            ("ehlo-endless-line", greeted), ("handshake-endless", upgraded + ["hello"]),
        ])
    func endless(name: String, commands: [String]) async throws {
        try await withLab(scale: 100_000) {
            $0.waits = LabWaits(byte: 1)
        } _: { lab, _ in
            let port = lab.smtpPort
            let address = try Self.address(name)
            let bytes = await withCheckedContinuation { (continuation: CheckedContinuation<Int, Never>) in
                Thread.detachNewThread {
                    let client = RawClient(address, port: port)
                    for command in commands {
                        _ = client.readReply()
                        client.send(command + "\r\n")
                    }
                    continuation.resume(returning: client.count(atLeast: 1000))
                    client.end()
                }
            }
            #expect(bytes >= 1000)
        }
    }
}
