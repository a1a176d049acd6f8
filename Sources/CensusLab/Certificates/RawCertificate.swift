import SwiftASN1

/// A certificate taken apart as far as is needed to put what X.509 forbids, or no library makes, into it.
struct RawCertificate {
    private var fields: [[UInt8]]

    /// Places in a TBSCertificate of version 3 (RFC 5280 §4.1).
    enum Field: Int { case serial = 1, algorithm, issuer, validity, subject, publicKey }

    /// Throws when `der` is no certificate.
    init(_ der: [UInt8]) throws {
        let outer = try DER.parse(der)
        fields = try DER.sequence(outer, identifier: .sequence) { nodes in
            guard let body = nodes.next(), nodes.next() != nil, nodes.next() != nil else {
                throw LabError.configuration("a certificate is a sequence of three")
            }
            return try DER.sequence(body, identifier: .sequence) { inner in
                var fields: [[UInt8]] = []
                while let field = inner.next() { fields.append(Array(field.encodedBytes)) }
                return fields
            }
        }
    }

    /// The encoded field.
    subscript(field: Field) -> [UInt8] {
        get { fields[field.rawValue] }
        set { fields[field.rawValue] = newValue }
    }

    /// The certificate of these fields, signed anew.
    func signed(by scheme: SignatureScheme) throws -> [UInt8] {
        var copy = self
        copy[.algorithm] = scheme.algorithm
        return try scheme.signed(DERBytes.sequence(Array(copy.fields.joined())))
    }
}
