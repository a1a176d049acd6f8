/// One thing a lab host does. The farm runs the moves of a step one after the other.
enum Move: Sendable, Hashable {
    /// The 220 greeting in the host's own style.
    case banner
    /// Text with a CR LF after it; `%h` stands for the host's name. May hold several lines.
    case reply(String)
    /// As `reply`, but nothing is put after it.
    case text(String)
    /// Bytes as they are.
    case raw([UInt8])
    /// The reply to EHLO in the host's own style.
    case capabilities(STARTTLSMention)
    case pause(Wait)
    /// As `pause`; to a client that talks before it is over the text is sent, and the connection closed.
    case guardedPause(Wait, String)
    /// Text as in `text`, one byte after the other, a `Wait.byte` apart.
    case drip(String)
    /// As `drip`, over and over until the client goes.
    case dripForever(String)
    /// Text as in `text`, over and over, as fast as the client takes it.
    case flood(String)
    /// Waits until the client sends something, and drops it.
    case awaitBytes
    /// A ServerHello for TLS 1.2 in the clear; there is nothing behind it.
    case serverHello
    /// A Certificate message for TLS 1.2 in the clear, with a chain of this kind.
    case certificates(CertificateKind)
    /// Says nothing more and hears nothing more; the connection stays open.
    case silence
    case close
    /// Closes with RST (SO_LINGER of 0), without a word from TLS.
    case reset
    /// Begins the TLS handshake; the script goes on with `ehloUnderTLS`.
    case startTLS
}

/// How long a host waits: `LabConfiguration.waits` has the times.
enum Wait: Sendable, Hashable { case slow, verySlow, portion, byte }

/// How STARTTLS appears among the EHLO keywords.
enum STARTTLSMention: Sendable, Hashable {
    case offered, absent
    /// As a middlebox masks it: with this keyword in its place.
    case masked(String)
    /// These lines stand in the place of the one that would offer it.
    case lines([String])
}

/// What a host does at each step of the dialogue. The defaults are those of a healthy host.
struct Script: Sendable {
    var greeting: [Move] = [.banner]
    var ehlo: [Move] = [.capabilities(.offered)]
    var helo: [Move] = [.reply("250 %h")]
    var starttls: [Move] = [.reply("220 2.0.0 Ready to start TLS"), .startTLS]
    var ehloUnderTLS: [Move] = [.capabilities(.absent)]
    var certificate = CertificateKind.good
    var session = SessionShape()
    var serverName = ServerNameRule.ignored

    static let healthy = Script()

    /// A healthy host without STARTTLS.
    static let plain = Script(
        ehlo: [.capabilities(.absent)], starttls: [.reply("502 5.5.1 Error: command not implemented")])

    /// A healthy host whose chain is of `kind`.
    static func certificate(_ kind: CertificateKind) -> Script { Script(certificate: kind) }

    /// Only the greeting is special: what follows is never reached.
    static func greeting(_ moves: Move...) -> Script { Script(greeting: moves) }

    /// A healthy host that answers EHLO with `mention`.
    static func offering(_ mention: STARTTLSMention) -> Script { Script(ehlo: [.capabilities(mention)]) }

    /// Says 220 to STARTTLS and then plays with the bytes of the handshake itself, from the ClientHello on.
    static func afterHello(_ moves: Move...) -> Script {
        Script(starttls: [.reply("220 2.0.0 Ready to start TLS"), .awaitBytes] + moves)
    }

    /// True when the certificate is made for this host alone, never shared by all hosts of its provider.
    var hasCertificateOfItsOwn: Bool {
        certificate.rawValue > CertificateKind.unknownCriticalExtension.rawValue || session.needsOpenSSL
            || serverName != .ignored || starttls.contains { if case .certificates = $0 { true } else { false } }
    }
}

/// What a host does about the name that the client asks for (SNI, RFC 6066 §3).
enum ServerNameRule: Sendable, Hashable {
    case ignored
    /// Without a name another certificate is shown.
    case otherCertificateWithout
    /// Without a name there is no handshake: alert unrecognized_name.
    case demanded
}

/// What is special about the TLS session of a host.
struct SessionShape: Sendable, Hashable {
    /// The only versions that are spoken.
    enum Versions: Sendable, Hashable { case modern, tls12, tls11, tls10 }
    /// How a handshake leaves the host.
    enum Pace: Sendable, Hashable {
        case normal
        /// One byte after the other, a millisecond apart.
        case bytewise
        /// One byte after the other, a `Wait.byte` apart: it never comes to an end.
        case endless
    }
    /// What clients are asked for.
    enum ClientCertificate: Sendable, Hashable { case notAsked, asked, demanded }

    var versions = Versions.modern
    var pace = Pace.normal
    /// A cipher list as OpenSSL takes it; nil: all that are sound.
    var ciphers: String?
    /// A list of signature algorithms as OpenSSL takes it; nil: its default.
    var signatures: String?
    /// Bits of the ephemeral Diffie-Hellman group; nil: none.
    var dhBits: Int?
    var clientCertificate = ClientCertificate.notAsked

    /// True for what BoringSSL cannot do, or swift-nio-ssl cannot ask it for.
    var needsOpenSSL: Bool {
        ciphers != nil || signatures != nil || dhBits != nil || clientCertificate != .notAsked
    }
}

/// What is right or wrong with the chain that a host sends. Those up to `unknownCriticalExtension` may be shared by all
/// hosts of a provider.
enum CertificateKind: UInt8, CaseIterable, Sendable {
    case good, expiresSoon, otherName, tooDeepWildcard, unknownAuthority, selfSigned, missingIntermediate, expired
    case notYetValid, negativeSerial, badSignature, wrongPurpose, unknownCriticalExtension
    // Names.
    case commonNameOnly, commonNameBesideOthers, addressOnly, wildcard, partialWildcard, bareWildcard, doubleWildcard
    case upperCase, finalDot, nulInName
    // Numbers and bytes.
    case zeroSerial, longSerial, malformed
    // The path.
    case intermediateExpired, intermediateNotCA, pathTooLong, namesExcluded, weakLeafSignature, md5LeafSignature
    case weakIntermediateSignature, extraCertificate, doubledCertificate, misordered, rootIncluded, longChain, hugeChain
    // Keys.
    case rsa512, rsa768, rsa1024, rsa2048, rsa4096, p384, p521, ed25519
    // Staples.
    case mustStaple, stapleGood, stapleRevoked, stapleExpired, stapleOfOther, stapleGarbage, stapleUnknown
    case stapleTryLater, stapleForged
}

extension CertificateKind {
    /// The key of the leaf.
    var key: KeyKind {
        switch self {
        case .rsa512: .rsa(512)
        case .rsa768: .rsa(768)
        case .rsa1024: .rsa(1024)
        case .rsa2048: .rsa(2048)
        case .rsa4096: .rsa(4096)
        case .p384: .curve("P-384")
        case .p521: .curve("P-521")
        case .ed25519: .ed25519
        default: .p256
        }
    }

    /// What is stapled; nil: nothing.
    var staple: StapleKind? {
        switch self {
        case .stapleGood: .good
        case .stapleRevoked: .revoked
        case .stapleExpired: .expired
        case .stapleOfOther: .ofOther
        case .stapleGarbage: .garbage
        case .stapleUnknown: .unknown
        case .stapleTryLater: .tryLater
        case .stapleForged: .forged
        default: nil
        }
    }
}

/// The kind of a public key. Everything but P-256 is made by OpenSSL, when it is first needed.
enum KeyKind: Hashable, Sendable {
    case p256, ed25519
    case rsa(Int)
    case curve(String)
}

/// What a stapled OCSP response (RFC 6960) says, or what is wrong with it.
enum StapleKind: Hashable, Sendable {
    case good, revoked, expired, unknown
    /// About another serial number.
    case ofOther
    /// No DER.
    case garbage
    /// Not successful (`tryLater`): without an answer inside.
    case tryLater
    /// Signed by an authority that has nothing to do with the certificate.
    case forged
}
