import Foundation

extension Fixtures {
    /// DER of the OCSP response `NAME.ocsp`.
    func staple(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appendingPathComponent("\(name).ocsp")))
    }

    /// What `openssl ocsp` says of the moment in the line `label:` of a response, in Unix seconds.
    func moment(_ label: String, of name: String) throws -> Date? {
        let text = try run("openssl", ["ocsp", "-respin", "\(name).ocsp", "-resp_text", "-noverify"])
        guard let line = text.split(separator: "\n").first(where: { $0.contains("\(label): ") }) else { return nil }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "MMM d HH:mm:ss yyyy 'GMT'"
        let value = line.components(separatedBy: "\(label): ")[1]
        return format.date(from: value.replacingOccurrences(of: "  ", with: " "))
    }

    /// Certificates, and OCSP responses about them made by `openssl ocsp`.
    ///
    /// `respond NAME SIGNER CERTIFICATE OPTIONS…`: what SIGNER says of CERTIFICATE, for 7 days unless DAYS says
    /// otherwise, as an authority whose certificate is `ISSUER`.
    static let stapleScript = #"""
        respond() {
            name=$1 signer=$2 cert=$3; shift 3
            openssl ocsp -index index.txt -CA ${ISSUER:-inter}.pem -rsigner $signer.pem -rkey $signer.key \
                ${DAYS--ndays 7} -issuer ${ISSUER:-inter}.pem "$@" -cert $cert.pem \
                -respout $name.ocsp -noverify > make.log 2>&1 || { cat make.log >&2; exit 1; }
        }
        ca root self 3650
        ca inter root 3000
        ca namesake self 3000
        SERIAL=0x1001 leaf good inter 2000
        SERIAL=0x1002 leaf revoked inter 2000
        SERIAL=0x1003 leaf unlisted inter 2000
        SERIAL=0x1001 leaf direct root 2000
        SERIAL=0x1001 leaf private namesake 2000
        SERIAL=0x1001 leaf alone self 2000
        SUBJ=/CN=responder leaf delegate inter 2000 extendedKeyUsage=OCSPSigning
        SUBJ=/CN=responder leaf brief inter 3 extendedKeyUsage=OCSPSigning
        SUBJ=/CN=responder leaf server inter 2000 extendedKeyUsage=serverAuth
        SUBJ=/CN=responder leaf any inter 2000 extendedKeyUsage=anyExtendedKeyUsage
        SUBJ=/CN=responder leaf critical inter 2000 extendedKeyUsage=OCSPSigning 1.2.3.4=critical,DER:0500
        SUBJ=/CN=responder leaf cousin root 2000 extendedKeyUsage=OCSPSigning
        printf 'V\t491231235959Z\t\t1001\tunknown\t/CN=mx.example.org\n' > index.txt
        printf 'R\t491231235959Z\t260101000000Z,keyCompromise\t1002\tunknown\t/CN=mx.example.org\n' >> index.txt
        touch index.txt.attr

        respond good inter good
        respond bare inter good -resp_no_certs
        respond byKey inter good -resp_key_id
        respond sha256 inter good -sha256
        respond sha512 inter good -sha512
        respond md5 inter good -md5
        respond signedSHA512 inter good -rmd sha512
        respond revoked inter revoked
        respond revokedByDelegate delegate revoked
        respond unlisted inter unlisted
        respond many inter good -cert revoked.pem -cert unlisted.pem
        respond delegate delegate good
        respond delegateByKey delegate good -resp_key_id
        respond brief brief good
        respond noCertificates delegate good -resp_no_certs
        respond server server good
        respond any any good
        respond critical critical good
        respond cousin cousin good
        respond stranger namesake good
        DAYS= respond openEnded inter good
        ISSUER=root respond direct root direct
        ISSUER=namesake respond private namesake private
        ISSUER=alone respond alone alone alone
        """#
}
