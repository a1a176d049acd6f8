/// One thing a lab host does. The farm runs the moves of a step one after the other.
enum Move: Sendable, Hashable {
    /// The 220 greeting in the host's own style.
    case banner
    /// Text with a CR LF after it; `%h` stands for the host's name. May hold several lines.
    case reply(String)
    /// Bytes as they are.
    case raw([UInt8])
    /// The reply to EHLO in the host's own style.
    case capabilities(STARTTLSMention)
    /// Waits as long as `LabConfiguration.slowGreeting` says.
    case slowPause
    /// Waits until the client sends something, and drops it.
    case awaitBytes
    /// Says nothing more and hears nothing more; the connection stays open.
    case silence
    case close
    /// Closes with RST (SO_LINGER of 0).
    case reset
    /// Begins the TLS handshake; the script goes on with `ehloUnderTLS`.
    case startTLS
}

/// How STARTTLS appears among the EHLO keywords.
enum STARTTLSMention: Sendable, Hashable {
    case offered, absent
    /// As a middlebox masks it (`XXXXXXXA`).
    case masked
}

/// What a host does at each step of the dialogue. The defaults are those of a healthy host.
struct Script: Sendable {
    var greeting: [Move] = [.banner]
    var ehlo: [Move] = [.capabilities(.offered)]
    var helo: [Move] = [.reply("250 %h")]
    var starttls: [Move] = [.reply("220 2.0.0 Ready to start TLS"), .startTLS]
    var ehloUnderTLS: [Move] = [.capabilities(.absent)]
    var certificate = CertificateKind.good
    var maximumTLS12 = false

    static let healthy = Script()

    /// A healthy host without STARTTLS.
    static let plain = Script(
        ehlo: [.capabilities(.absent)], starttls: [.reply("502 5.5.1 Error: command not implemented")])

    /// A healthy host whose chain is of `kind`.
    static func certificate(_ kind: CertificateKind) -> Script { Script(certificate: kind) }

    /// Only the greeting is special: what follows is never reached.
    static func greeting(_ moves: Move...) -> Script { Script(greeting: moves) }
}

/// What is right or wrong with the chain that a host sends.
enum CertificateKind: UInt8, CaseIterable, Sendable {
    case good, expiresSoon, otherName, tooDeepWildcard, unknownAuthority, selfSigned, missingIntermediate, expired
    case notYetValid, negativeSerial, badSignature, wrongPurpose, unknownCriticalExtension
}
