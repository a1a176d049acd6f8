import struct Foundation.Date

/// Where a probe goes.
public struct ProbeTarget: Hashable, Sendable {
    /// The MX host: asked for by SNI and compared with the certificate. Nil for an IP literal: no SNI is sent.
    public let host: DomainName?
    /// The address to dial: one of the host's.
    public let address: IPAddress
    /// The TCP port to dial; 25 outside of tests.
    public let port: UInt16

    /// A target of these values.
    public init(host: DomainName?, address: IPAddress, port: UInt16) {
        self.host = host
        self.address = address
        self.port = port
    }
}

/// An SMTP reply (RFC 5321 §4.2), made safe by `EscapedText`.
public struct SMTPReply: Hashable, Sendable {
    /// 200…599.
    public let code: Int
    /// The text of each line without the code and its separator, escaped.
    public let lines: [String]

    /// A reply of this code and these lines, which are taken as escaped already.
    public init(code: Int, lines: [String]) {
        self.code = code
        self.lines = lines
    }
}

/// The steps of the dialogue, for time-outs, closings and durations.
public enum ProbeStep: String, CaseIterable, Sendable, Codable {
    case connect, greeting, ehlo, starttls, handshake
    case ehloUnderTLS = "ehlo_tls"
    case quit
}

/// A value for each step of a probe, in place: a dictionary would be memory of its own for each probe that waits.
public struct StepValues<Value: Sendable>: Sendable {
    @usableFromInline var values: InlineArray<7, Value>

    /// The same value for all steps.
    @inlinable public init(repeating value: Value) { values = InlineArray(repeating: value) }

    /// The value of a step.
    @inlinable public subscript(step: ProbeStep) -> Value {
        get { values[Self.place(of: step)] }
        set { values[Self.place(of: step)] = newValue }
    }

    /// All values, in the order of the steps.
    @inlinable public func forEach(_ body: (Value) -> Void) { for place in values.indices { body(values[place]) } }

    @usableFromInline static func place(of step: ProbeStep) -> Int {
        switch step {
        case .connect: 0
        case .greeting: 1
        case .ehlo: 2
        case .starttls: 3
        case .handshake: 4
        case .ehloUnderTLS: 5
        case .quit: 6
        }
    }
}

/// What ended a probe before its natural end. Nil in an observation means the dialogue was complete.
public enum ProbeFailure: Hashable, Sendable {
    case refused
    /// No route, no such network or host, or this machine has no address of that family.
    case unreachable
    /// A step or the whole probe outlived its deadline.
    case timeout(ProbeStep)
    /// The peer closed the connection.
    case closed(ProbeStep)
    /// The peer reset the connection.
    case reset(ProbeStep)
    /// A 4xx or 5xx reply to the step; the reply itself is in the observation.
    case rejected(ProbeStep)
    /// The first bytes were no SMTP reply (HTTP, TLS, binary …).
    case notSMTP
    /// A malformed or oversized reply after a correct greeting.
    case protocolError(ProbeStep)
    case handshake(HandshakeFailure)
    /// This machine could not do its part (no descriptor, no memory …): never the peer's fault, always inconclusive.
    case local(String)
}

/// How far a TLS handshake got: the newest handshake message that was read from the server (RFC 5246 §7.4, RFC 8446 §4).
public enum HandshakeStep: String, CaseIterable, Sendable, Codable {
    /// Our ClientHello was sent and no message came back.
    case clientHello = "client_hello"
    case serverHello = "server_hello"
    /// TLS 1.3 only.
    case encryptedExtensions = "encrypted_extensions"
    case certificate
    case certificateStatus = "certificate_status"
    /// TLS 1.2 and older.
    case serverKeyExchange = "server_key_exchange"
    case certificateRequest = "certificate_request"
    /// TLS 1.2 and older.
    case serverHelloDone = "server_hello_done"
    /// TLS 1.3 only.
    case certificateVerify = "certificate_verify"
    case finished
}

/// What the same host showed when it was asked once more without SNI (RFC 6066 §3).
public struct SecondLook: Hashable, Sendable {
    /// What ended the second probe before its natural end; nil when the dialogue was complete.
    public let failure: ProbeFailure?
    /// The certificates as sent, leaf first, DER; empty when there was no session.
    public let chain: [[UInt8]]

    /// A look that ended so.
    public init(failure: ProbeFailure?, chain: [[UInt8]]) {
        self.failure = failure
        self.chain = chain
    }
}

/// Parameters of an established TLS session.
public struct TLSParameters: Hashable, Sendable {
    /// As OpenSSL names it: `TLSv1.3`, `TLSv1.2`, `TLSv1.1`, `TLSv1`.
    public let version: String
    /// The IANA standard name, for example `TLS_AES_256_GCM_SHA384`.
    public let cipher: String
    /// Key exchange group, for example `x25519`; nil without (EC)DHE.
    public let group: String?
    /// Security bits of the cipher.
    public let cipherBits: Int
    /// Size in bits of the server's ephemeral finite-field Diffie-Hellman key; nil when it used a curve or none.
    public let dhBits: Int?
    /// Digest with which the server signed the handshake, for example `SHA256`; nil when nothing was signed, or the
    /// signature scheme has no digest of its own (Ed25519).
    public let signatureDigest: String?
    /// True for TLS 1.3 and (EC)DHE suites.
    public let forwardSecrecy: Bool
    /// The server asked for a client certificate; the probe has none to give.
    public let clientCertificateRequested: Bool
    /// DER of the stapled OCSP response; nil when none was sent.
    public let ocspStaple: [UInt8]?

    /// The parameters of one session.
    public init(
        version: String, cipher: String, group: String?, cipherBits: Int, dhBits: Int? = nil,
        signatureDigest: String? = nil, forwardSecrecy: Bool, clientCertificateRequested: Bool, ocspStaple: [UInt8]?
    ) {
        self.version = version
        self.cipher = cipher
        self.group = group
        self.cipherBits = cipherBits
        self.dhBits = dhBits
        self.signatureDigest = signatureDigest
        self.forwardSecrecy = forwardSecrecy
        self.clientCertificateRequested = clientCertificateRequested
        self.ocspStaple = ocspStaple
    }
}

/// One line of the dialogue, for people.
public struct TranscriptLine: Hashable, Sendable {
    /// Who said it: this side, the peer, or nobody (a remark of the probe's own).
    public enum Direction: String, Sendable { case sent, received, note }
    /// Where the line came from.
    public let direction: Direction
    /// Escaped; without line end.
    public let text: String
    /// Milliseconds since the probe began.
    public let milliseconds: Int

    /// A line of these values; `text` is taken as escaped already.
    public init(direction: Direction, text: String, milliseconds: Int) {
        self.direction = direction
        self.text = text
        self.milliseconds = milliseconds
    }
}

/// Everything one probe saw of one address. No judgement: that is made from it by `CensusRules`.
public struct ProbeObservation: Sendable {
    /// Where the probe went.
    public let target: ProbeTarget
    /// When the probe began, by the clock of the machine.
    public let startedAt: Date
    /// What ended the probe early; nil when the dialogue was complete.
    public var failure: ProbeFailure?
    /// The reply that opens the session (RFC 5321 §3.1); nil when none was read.
    public var greeting: SMTPReply?
    /// Reply to EHLO in the clear, or to HELO where EHLO was refused; nil when none was read.
    public var ehlo: SMTPReply?
    /// The refusal of EHLO after which HELO was tried; nil when EHLO was not refused, or not for good.
    public var ehloRefusal: SMTPReply?
    /// Reply to STARTTLS.
    public var starttls: SMTPReply?
    /// EHLO reply under TLS.
    public var ehloUnderTLS: SMTPReply?
    /// True, false, or nil when EHLO was not reached. Masked keywords count as false here.
    public var starttlsOffered: Bool?
    /// The keyword seen in STARTTLS's place (`XXXXXXXA` …); nil when none.
    public var maskedKeyword: String?
    /// EHLO was refused and HELO accepted.
    public var heloOnly = false
    /// A reply line ended with LF alone.
    public var bareLineFeed = false
    /// Plaintext that followed the 220 in the clear, escaped; nil when there was none.
    public var plaintextAfterSTARTTLS: String?
    /// How far the handshake got; nil when none was begun.
    public var handshakeStep: HandshakeStep?
    /// Nil when no TLS session was established.
    public var tls: TLSParameters?
    /// The certificates as sent, leaf first, DER. Bounded by the TLS module.
    public var chain: [[UInt8]] = []
    /// What the host showed without SNI; nil when it was not asked again.
    public var secondLook: SecondLook?
    /// Milliseconds spent in each step that was begun.
    public var durations: [ProbeStep: Int] = [:]
    /// Only filled when asked for.
    public var transcript: [TranscriptLine] = []

    /// An observation of nothing yet.
    public init(target: ProbeTarget, startedAt: Date) {
        self.target = target
        self.startedAt = startedAt
    }
}

extension ProbeObservation {
    /// What would have been seen of `host`, if its name made no difference: without what belongs to the one connection, its
    /// durations and transcript, and without a second look.
    public func asSeen(of host: DomainName) -> ProbeObservation {
        var copy = ProbeObservation(
            target: ProbeTarget(host: host, address: target.address, port: target.port), startedAt: startedAt)
        copy.failure = failure
        copy.greeting = greeting
        copy.ehlo = ehlo
        copy.ehloRefusal = ehloRefusal
        copy.starttls = starttls
        copy.ehloUnderTLS = ehloUnderTLS
        copy.starttlsOffered = starttlsOffered
        copy.maskedKeyword = maskedKeyword
        copy.heloOnly = heloOnly
        copy.bareLineFeed = bareLineFeed
        copy.plaintextAfterSTARTTLS = plaintextAfterSTARTTLS
        copy.handshakeStep = handshakeStep
        copy.tls = tls
        copy.chain = chain
        return copy
    }
}
