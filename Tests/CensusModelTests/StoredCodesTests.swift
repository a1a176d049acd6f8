import CensusModel
import Testing

@Suite("Stored codes")
struct StoredCodesTests {
    private static let reasons = ["", "bad: thing / other", "other: alert_1", "\u{301}combines", "\\x00 名"]

    private static let handshakeFailures: [HandshakeFailure] =
        [
            .noCommonVersion, .noCommonCipher, .weakDH, .notTLS, .malformed, .closed, .reset, .timeout,
            .clientCertificateRequired,
        ] + (0...255).map { .alert($0) } + reasons.map { .other($0) }

    private static let failures: [ProbeFailure] =
        [.refused, .unreachable, .notSMTP]
        + ProbeStep.allCases.flatMap { [.timeout($0), .closed($0), .reset($0), .rejected($0), .protocolError($0)] }
        + handshakeFailures.map { .handshake($0) } + reasons.map { .local($0) }

    @Test("every failure comes back from its code, and no two share one")
    func failures() {
        for failure in Self.failures { #expect(ProbeFailure(code: failure.code) == failure) }
        for failure in Self.handshakeFailures { #expect(HandshakeFailure(code: failure.code) == failure) }
        #expect(Set(Self.failures.map(\.code)).count == Self.failures.count)
    }

    @Test("the codes are those that databases already hold")
    func written() {
        #expect(ProbeFailure.timeout(.ehloUnderTLS).code == "timeout:ehlo_tls")
        #expect(ProbeFailure.rejected(.greeting).code == "rejected:greeting")
        #expect(ProbeFailure.handshake(.alert(40)).code == "handshake:alert_40")
        #expect(ProbeFailure.handshake(.other("no parameters")).code == "handshake:other: no parameters")
        #expect(ProbeFailure.local("cancelled").code == "local:cancelled")
        #expect(HandshakeStep.allCases.map(\.rawValue).first == "client_hello")
    }

    @Test(
        "what is no code is none",
        arguments: [
            "", "refused:", "refused:connect", "timeout", "timeout:", "timeout:tea", "handshake", "handshake:",
            "handshake:alert_", "handshake:alert_256", "handshake:alert_-1", "handshake:other", "nothing:connect", ":",
        ])
    func strangers(code: String) { #expect(ProbeFailure(code: code) == nil) }

    @Test(
        "a reply comes back from its summary, whatever slashes, spaces and marks are in it",
        arguments: [
            ["mx.example.net ESMTP"], [""], ["", ""], ["a", "b"], ["a / b", "c"], ["/", "/"], [" / ", "/ /"],
            ["a /", "/ b"], ["a  /  b "], ["\\\\x2f"], ["\\\\x2f / \\\\x2f"], ["\u{301}x", "/\u{301}"],
            ["a//b", "c/d"],
        ])
    func replies(lines: [String]) {
        let reply = SMTPReply(code: 421, lines: lines)
        #expect(SMTPReply(summary: reply.summary) == reply)
    }

    @Test("a summary is one readable line, and what is none is refused")
    func summaries() {
        #expect(
            SMTPReply(code: 250, lines: ["mx at your service", "STARTTLS"]).summary
                == "250 mx at your service / STARTTLS")
        #expect(SMTPReply(code: 250, lines: ["a / b"]).summary == "250 a \\x2f b")
        for text in ["", "250", "99 a", "600 a", "abc d", " 250 a"] { #expect(SMTPReply(summary: text) == nil) }
    }
}
