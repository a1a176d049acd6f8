import Crypto
import Foundation

/// OCSP responses (RFC 6960 §4.2.1) by hand: signed by the issuer itself.
struct StapleMaker {
    let authority: Authority
    /// Has nothing to do with any certificate.
    let stranger: Authority
    let now: Date

    private static let day: TimeInterval = 24 * 3600

    /// The response about the certificate `leaf`.
    func make(_ kind: StapleKind, for leaf: RawCertificate) throws -> [UInt8] {
        switch kind {
        case .garbage: return Array("this is no OCSP response".utf8)
        // OCSPResponseStatus 3, and no responseBytes.
        case .tryLater: return DERBytes.sequence(DERBytes.node(0x0a, [3]))
        case .good, .revoked, .expired, .ofOther, .unknown, .forged: break
        }
        let signer = kind == .forged ? stranger : authority
        let basic = try SignatureScheme.ecdsaSHA256(signer.key).signed(try responseData(kind, leaf, signer))
        // id-pkix-ocsp-basic: 1.3.6.1.5.5.7.48.1.1.
        let bytes = DERBytes.identifier([0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1]) + DERBytes.octets(basic)
        return DERBytes.sequence(DERBytes.node(0x0a, [0]) + DERBytes.explicit(0, DERBytes.sequence(bytes)))
    }

    private func responseData(_ kind: StapleKind, _ leaf: RawCertificate, _ signer: Authority) throws -> [UInt8] {
        let produced = kind == .expired ? now - 14 * Self.day : now - 3600
        let serial = kind == .ofOther ? DERBytes.integer([0x11, 0x22, 0x33, 0x44]) : leaf[.serial]
        let status: [UInt8] =
            switch kind {
            case .revoked: DERBytes.node(0xa1, try time(now - 2 * Self.day))
            case .unknown: [0x82, 0]
            default: [0x80, 0]
            }
        let single = DERBytes.sequence(
            certificateID(leaf, serial) + status + (try time(produced))
                + DERBytes.explicit(0, try time(produced + 7 * Self.day)))
        // ResponderID byKey: the SHA-1 of the signer's key.
        let responder = DERBytes.explicit(2, DERBytes.octets(Array(LabAuthorities.keyIdentifier(signer.key))))
        return DERBytes.sequence(responder + (try time(produced)) + DERBytes.sequence(single))
    }

    /// CertID with SHA-1, as clients expect it (RFC 6960 §4.3).
    private func certificateID(_ leaf: RawCertificate, _ serial: [UInt8]) -> [UInt8] {
        let sha1 = DERBytes.sequence(DERBytes.identifier([0x2b, 0x0e, 3, 2, 0x1a]) + [5, 0])
        return DERBytes.sequence(
            sha1 + DERBytes.octets(Array(Insecure.SHA1.hash(data: Data(leaf[.issuer]))))
                + DERBytes.octets(Array(LabAuthorities.keyIdentifier(authority.key))) + serial)
    }

    private func time(_ date: Date) throws -> [UInt8] {
        let parts = Calendar.utc.dateComponents([.year, .month, .day, .hour, .minute, .second], from: date)
        let text = [parts.month, parts.day, parts.hour, parts.minute, parts.second].map { value in
            let digits = String(value ?? 0)
            return digits.count < 2 ? "0" + digits : digits
        }
        return DERBytes.node(0x18, Array("\(parts.year ?? 2000)\(text.joined())Z".utf8))
    }
}

extension Calendar {
    fileprivate static let utc: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()
}
