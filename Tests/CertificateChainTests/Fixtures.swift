import CensusModel
import Foundation
import Testing

@testable import CertificateChain

/// Certificates made by the `openssl` command line, once per test run, in a temporary folder.
///
/// All are valid from the moment of making for a stated number of days, so that other moments are reached by judging
/// at another time.
struct Fixtures {
    private static let shared = Result { try Fixtures(script: certificates) }
    private static let sharedStaples = Result { try Fixtures(script: stapleScript) }

    private static let home: URL = {
        atexit { try? FileManager.default.removeItem(at: Fixtures.home) }
        return FileManager.default.temporaryDirectory.appendingPathComponent("mxcensus-chain-\(UUID().uuidString)")
    }()

    /// The folder with `NAME.pem` (and `NAME.key`).
    let folder: URL
    let made: Date

    private init(script: String) throws {
        made = Date()
        folder = Self.home.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        _ = try run("/bin/sh", ["-e", "-c", Self.functions + script])
    }

    static func get() throws -> Fixtures { try shared.get() }

    /// The certificates and OCSP responses of `stapleScript`.
    static func staples() throws -> Fixtures { try sharedStaples.get() }

    /// DER of `NAME.pem`.
    func der(_ name: String) throws -> [UInt8] {
        let text = try String(contentsOf: folder.appendingPathComponent("\(name).pem"), encoding: .utf8)
        let body =
            text.components(separatedBy: "-----BEGIN CERTIFICATE-----").last?
            .components(separatedBy: "-----END").first ?? ""
        return [UInt8](try #require(Data(base64Encoded: body, options: .ignoreUnknownCharacters)))
    }

    func chain(_ names: String...) throws -> [[UInt8]] { try names.map(der) }

    func trust(_ names: String...) throws -> TrustStore {
        try TrustStore(pem: names.flatMap { [UInt8](try Data(contentsOf: folder.appendingPathComponent("\($0).pem"))) })
    }

    /// Judges against a store with only `root`, some days after the making.
    func evidence(_ names: String..., days: Double = 1) throws -> ChainEvidence {
        try ChainJudge(trustStore: trust("root")).evidence(
            chain: names.map(der), at: made.addingTimeInterval(days * 86400))
    }

    /// What `openssl x509` says of a certificate.
    func openssl(_ name: String, _ options: String...) throws -> String {
        try run("openssl", ["x509", "-in", "\(name).pem", "-noout"] + options)
    }

    func run(_ program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = folder
        let output = Pipe()
        let errors = folder.appendingPathComponent("errors.txt")
        try Data().write(to: errors)
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: errors)
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            struct Failed: Error { let text: String }
            throw Failed(text: "\(program): \(try String(contentsOf: errors, encoding: .utf8))")
        }
        return text
    }

    /// `ca NAME ISSUER DAYS EXTENSIONS…` and `leaf …`; ISSUER `self` for self-signed. Key type by `KEY`, digest by
    /// `MD`, serial by `SERIAL`, subject by `SUBJ`.
    private static let functions = """
        EC="ec -pkeyopt ec_paramgen_curve:P-256"
        make() {
            name=$1 issuer=$2 days=$3; shift 3
            by=""; [ "$issuer" = self ] || by="-CA $issuer.pem -CAkey $issuer.key"
            adds=""; for e in "$@"; do adds="$adds -addext $e"; done
            openssl req -x509 -config empty.cnf -new -nodes -newkey ${KEY:-$EC} -keyout $name.key -out $name.pem \\
                -days $days ${MD:--sha256} ${SERIAL:+-set_serial $SERIAL} -subj "${SUBJ:-/O=Test Authority/CN=$name}" \\
                $by $adds 2> make.log || { cat make.log >&2; exit 1; }
        }
        ca() { name=$1 issuer=$2 days=$3; shift 3; make $name $issuer $days basicConstraints=critical,CA:TRUE \\
            keyUsage=critical,keyCertSign,cRLSign "$@"; }
        leaf() { name=$1 issuer=$2 days=$3; shift 3; SUBJ="${SUBJ:-/CN=mx.example.org}" make $name $issuer $days \\
            basicConstraints=critical,CA:FALSE subjectAltName=${SAN:-DNS:mx.example.org} "$@"; }
        printf '[req]\\ndistinguished_name=dn\\n[dn]\\n' > empty.cnf

        """

    private static let certificates = """
        ca root self 3650
        ca inter root 3000
        ca short root 100
        SUBJ='/O=Private/CN=Elsewhere' ca other self 3650
        SUBJ='/O=Private/CN=Elsewhere Two' ca otherInter other 3000
        SUBJ='/O=Test Authority/CN=inter' ca namesake self 3650
        SUBJ='/O=Test Authority/CN=pathless' make pathless root 3000 basicConstraints=critical,CA:TRUE,pathlen:0 \\
            keyUsage=critical,keyCertSign
        ca below pathless 3000
        ca constrained root 3000 nameConstraints=critical,permitted\\;DNS:example.net
        ca mailOnly root 3000 extendedKeyUsage=emailProtection

        leaf good inter 200 extendedKeyUsage=serverAuth
        leaf direct root 200
        leaf ofShort short 200
        leaf selfSigned self 200
        leaf selfSignedUsage self 200 keyUsage=critical,digitalSignature extendedKeyUsage=serverAuth
        leaf unknown other 200
        leaf unknownDeep otherInter 200
        leaf located otherInter 200 authorityInfoAccess=caIssuers\\;URI:http://ca.example.org/ca.crt
        leaf ldap otherInter 200 authorityInfoAccess=caIssuers\\;URI:ldap://ca.example.org/ca
        leaf clientOnly inter 200 extendedKeyUsage=clientAuth
        leaf critical inter 200 1.2.3.4.5=critical,DER:0500
        leaf child good 200
        leaf deep below 200
        leaf constrainedLeaf constrained 200
        leaf mailLeaf mailOnly 200
        leaf staple inter 200 tlsfeature=status_request
        SERIAL=-5 leaf negative inter 200
        SERIAL=0 leaf zero inter 200
        SERIAL=0x7f00112233445566778899aabbccddeeff001122 leaf serial20 inter 200
        SERIAL=0x8000112233445566778899aabbccddeeff001122 leaf serial21 inter 200
        MD=-sha1 leaf sha1 inter 200
        KEY=rsa:2048 ca interRSA root 3000
        MD=-md5 leaf md5 interRSA 200
        MD=-sha1 leaf selfSHA1 self 200
        KEY=rsa:1016 leaf rsa1016 inter 200
        KEY=rsa:1024 leaf rsa1024 inter 200
        KEY="ec -pkeyopt ec_paramgen_curve:secp112r1" leaf ec112 inter 200
        KEY=ed25519 leaf ed25519 inter 200
        KEY="ec -pkeyopt ec_paramgen_curve:P-521" leaf p521 inter 200
        SUBJ='/C=DE/O=Umlaut, \\"quoted\\"/CN=first/CN=mx.example.org' SAN=DNS:MX.Example.ORG,IP:192.0.2.1,DNS:*.example.org \\
            leaf names inter 200
        SUBJ=/ leaf nameless inter 200
        openssl req -config empty.cnf -new -key good.key -subj /CN=localhost -out plain.csr
        openssl x509 -req -in plain.csr -key good.key -days 200 -out version1.pem 2> make.log
        """
}
