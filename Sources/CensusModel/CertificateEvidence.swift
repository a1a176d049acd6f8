import struct Foundation.Date

/// Facts read from one certificate. All text is escaped by `EscapedText`.
public struct CertificateFacts: Hashable, Sendable {
    /// SHA-256 of the DER: 32 bytes.
    public let fingerprint: [UInt8]
    /// Lower-case hexadecimal of the DER INTEGER's magnitude; with a leading `-` when negative.
    public let serial: String
    /// Content octets of the serial's DER INTEGER: RFC 5280 §4.1.2.2 allows 20.
    public let serialLength: Int
    /// Nil when the date is unreadable.
    public let notBefore: Date?
    /// Nil when the date is unreadable.
    public let notAfter: Date?
    /// Distinguished name, on one line.
    public let issuer: String
    /// Distinguished name, on one line; often empty where the names are in subjectAltName.
    public let subject: String
    /// dNSName entries of subjectAltName, lower case as sent. Empty when the extension has none.
    public let dnsNames: [String]
    /// The subjectAltName extension is there, whatever it holds.
    public let hasAlternativeNames: Bool
    /// The most specific common name of the subject; nil when there is none.
    public let commonName: String?
    /// For example `EC`, `RSA`, `ED25519`.
    public let keyAlgorithm: String
    /// Size of the public key in bits; 0 when the key cannot be read.
    public let keyBits: Int
    /// For example `ecdsa-with-SHA256`.
    public let signatureAlgorithm: String
    /// Issuer and subject agree, and the certificate's own key verifies its signature.
    public let isSelfSigned: Bool
    /// Basic constraints say that it may issue certificates (RFC 5280 §4.2.1.9).
    public let isCA: Bool
    /// The TLS feature extension asks for status_request (RFC 7633).
    public let mustStaple: Bool
    /// The AIA extension names where the issuer's certificate can be fetched (RFC 5280 §4.2.2.1).
    public let namesIssuerLocation: Bool

    /// Facts with these values; text is taken as escaped already.
    public init(
        fingerprint: [UInt8], serial: String, serialLength: Int, notBefore: Date?, notAfter: Date?, issuer: String,
        subject: String, dnsNames: [String], hasAlternativeNames: Bool, commonName: String?, keyAlgorithm: String,
        keyBits: Int,
        signatureAlgorithm: String, isSelfSigned: Bool, isCA: Bool, mustStaple: Bool, namesIssuerLocation: Bool
    ) {
        self.fingerprint = fingerprint
        self.serial = serial
        self.serialLength = serialLength
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.issuer = issuer
        self.subject = subject
        self.dnsNames = dnsNames
        self.hasAlternativeNames = hasAlternativeNames
        self.commonName = commonName
        self.keyAlgorithm = keyAlgorithm
        self.keyBits = keyBits
        self.signatureAlgorithm = signatureAlgorithm
        self.isSelfSigned = isSelfSigned
        self.isCA = isCA
        self.mustStaple = mustStaple
        self.namesIssuerLocation = namesIssuerLocation
    }
}

/// What a stapled OCSP response (RFC 6066 §8, RFC 6960) says of the leaf at the time of the judgement.
public enum StapleStatus: Hashable, Sendable {
    case good
    /// The authority has revoked the certificate.
    case revoked
    /// The response is not current: `thisUpdate` lies ahead or `nextUpdate` has passed (RFC 6960 §4.2.2.1).
    case expired
    /// It proves nothing: why, in a few escaped words (unreadable, not successful, signed by somebody else, about another
    /// certificate, or the responder does not know it).
    case invalid(String)
}

/// What path validation says of a chain at one time against one trust store, names left aside.
public struct ChainEvidence: Hashable, Sendable {
    /// Every certificate as sent, leaf first; nil where one cannot be parsed.
    public let certificates: [CertificateFacts?]
    /// The first of `certificates`. Nil when it cannot be parsed, or there is none.
    public var leaf: CertificateFacts? { certificates.first ?? nil }
    /// All causes that path validation and the staple showed, whatever else is wrong: never contains `nameMismatch`, nor
    /// serial findings.
    public let problems: Set<Finding>
    /// The verifier's own words for the first error, for people; nil when the path is valid.
    public let verifyError: String?
    /// Nil when nothing was stapled.
    public let staple: StapleStatus?

    /// Evidence with these parts; `problems` empty and `verifyError` nil say that the path is valid.
    public init(
        certificates: [CertificateFacts?], problems: Set<Finding>, verifyError: String?,
        staple: StapleStatus? = nil
    ) {
        self.certificates = certificates
        self.problems = problems
        self.verifyError = verifyError
        self.staple = staple
    }
}

/// The judgement of one observation: made by `CensusRules` from values alone.
public struct ProbeVerdict: Hashable, Sendable {
    /// The first cause that kept the host from being trusted, or `.trusted`.
    public let outcome: Outcome
    /// Only with `Outcome.handshakeFailed`.
    public let handshakeFailure: HandshakeFailure?
    /// In order of declaration, without doubles.
    public let findings: [Finding]
    /// False when the census could not look: blocked, rate-limited, silently dropped.
    public let conclusive: Bool
    /// Whether the host offers STARTTLS; nil when it could not be seen.
    public let starttls: Bool?
    /// The certificate was trusted and names the host; nil when there was no handshake.
    public let verified: Bool?
    /// One line for people about what went wrong, escaped; nil when nothing did.
    public let error: String?

    /// A verdict of these values.
    public init(
        outcome: Outcome, handshakeFailure: HandshakeFailure? = nil, findings: [Finding] = [], conclusive: Bool,
        starttls: Bool?, verified: Bool?, error: String?
    ) {
        self.outcome = outcome
        self.handshakeFailure = handshakeFailure
        self.findings = findings
        self.conclusive = conclusive
        self.starttls = starttls
        self.verified = verified
        self.error = error
    }
}
