import Foundation

/// Certificates and keys in PEM files, made once for the process by the `openssl` command.
public struct TestCertificates: Sendable {
    /// A leaf for `mx.example.org` (P-256) with its root behind it, and its key.
    public let chain: String
    /// The key of `chain`.
    public let key: String
    /// The same with an RSA key.
    public let rsaChain: String
    /// The key of `rsaChain`.
    public let rsaKey: String
    /// The same with an Ed25519 key.
    public let ed25519Chain: String
    /// The key of `ed25519Chain`.
    public let ed25519Key: String
    /// The same with a P-521 key.
    public let p521Chain: String
    /// The key of `p521Chain`.
    public let p521Key: String
    /// Diffie-Hellman parameters of 512 bits.
    public let dh512: String
    /// Diffie-Hellman parameters of 1024 bits.
    public let dh1024: String

    /// Made at first use.
    public static func shared() throws -> TestCertificates { try made.get() }

    private static let made = Result { try TestCertificates() }

    private init() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("probe-tests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = { (name: String) in folder.appendingPathComponent(name).path }
        chain = file("chain.pem")
        key = file("leaf.key")
        rsaChain = file("rsa-chain.pem")
        rsaKey = file("rsa-leaf.key")
        ed25519Chain = file("ed25519-chain.pem")
        ed25519Key = file("ed25519-leaf.key")
        p521Chain = file("p521-chain.pem")
        p521Key = file("p521-leaf.key")
        dh512 = file("dh512.pem")
        dh1024 = file("dh1024.pem")
        try Self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "10", "-subj",
            "/CN=Test Root", "-keyout", file("root.key"), "-out", file("root.pem"))
        let issue = { (algorithm: [String], key: String, certificate: String) in
            try Self.openssl(
                ["req", "-x509", "-newkey"] + algorithm + [
                    "-nodes", "-days", "5", "-subj", "/CN=mx.example.org", "-addext",
                    "subjectAltName=DNS:mx.example.org",
                    "-CA", file("root.pem"), "-CAkey", file("root.key"), "-keyout", key, "-out", certificate,
                ])
        }
        try issue(["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], key, file("leaf.pem"))
        try issue(["rsa:2048"], rsaKey, file("rsa-leaf.pem"))
        try issue(["ed25519"], ed25519Key, file("ed25519-leaf.pem"))
        try issue(["ec", "-pkeyopt", "ec_paramgen_curve:P-521"], p521Key, file("p521-leaf.pem"))
        let root = try Data(contentsOf: URL(fileURLWithPath: file("root.pem")))
        let chains = [
            ("leaf.pem", chain), ("rsa-leaf.pem", rsaChain), ("ed25519-leaf.pem", ed25519Chain),
            ("p521-leaf.pem", p521Chain),
        ]
        for (leaf, target) in chains {
            try (Data(contentsOf: URL(fileURLWithPath: file(leaf))) + root).write(to: URL(fileURLWithPath: target))
        }
        try Self.openssl("dhparam", "-dsaparam", "-out", dh512, "512")
        try Self.openssl("dhparam", "-dsaparam", "-out", dh1024, "1024")
    }

    private static func openssl(_ arguments: String...) throws { try openssl(arguments) }

    private static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        let output = Pipe()
        process.standardError = output
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw TestSupportError("openssl \(arguments.joined(separator: " ")): \(text)")
        }
    }
}

extension TestCertificates {
    /// The DER of each certificate in a PEM file.
    public static func der(of file: String) throws -> [[UInt8]] {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        return text.components(separatedBy: "-----BEGIN CERTIFICATE-----").dropFirst().compactMap { block in
            let base64 = block.components(separatedBy: "-----END")[0].filter { !$0.isWhitespace }
            return Data(base64Encoded: base64).map { [UInt8]($0) }
        }
    }
}
