/// What a host showed when it was asked once more without SNI, beside what it showed with it. The raw value is the code used
/// in the database.
public enum SecondLookResult: String, CaseIterable, Sendable, Codable {
    /// The same certificate.
    case same
    /// Another certificate.
    case other
    /// No certificate: the handshake ended before one came.
    case noCertificate = "no_certificate"
    /// The second look did not get as far as an honest handshake, and says nothing.
    case unseen
}

extension SecondLookResult {
    /// What `look` shows of a host that sent `chain` when it was asked with SNI. What counts is the server's own certificate.
    public init(_ look: SecondLook, beside chain: [[UInt8]]) {
        switch (look.chain.first, look.failure) {
        case (let leaf?, _): self = leaf == chain.first ? .same : .other
        case (nil, .handshake(.timeout)), (nil, .handshake(.reset)): self = .unseen
        case (nil, .handshake): self = .noCertificate
        default: self = .unseen
        }
    }
}
