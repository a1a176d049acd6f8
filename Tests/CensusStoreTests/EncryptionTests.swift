import Foundation
import PostgresClient
import Testing

@testable import CensusStore

/// TLS to the database by libpq's own settings, on a real server.
@Suite("TLS to the database", .serialized)
struct EncryptionTests {
    /// Who comes by TCP needs TLS, and a password or a certificate.
    private static let access = """
        local all dba trust
        hostssl all secret_login 127.0.0.1/32 scram-sha-256
        hostssl all cert_login 127.0.0.1/32 cert
        """

    private static let certificates = """
        set -eu
        cd "$1"
        authority() {
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$1" \\
                -keyout "$1.key" -out "$1.pem"
        }
        issue() { # NAME EXTENSION
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
            echo "$2" >"$1.ext"
            openssl x509 -req -in "$1.csr" -days 2 -CA good.pem -CAkey good.key -CAcreateserial -extfile "$1.ext" -out "$1.pem"
        }
        authority good
        authority wrong
        issue db.example subjectAltName=DNS:db.example
        issue cert_login extendedKeyUsage=clientAuth
        """

    /// Gives `body` a migrated server that speaks TLS as `db.example`, and the way to it for a login with a password.
    private static func withTLS(_ body: (PrivateServer, ConnectionSettings) async throws -> Void) async throws {
        let configuration = """
            ssl = on
            ssl_cert_file = '../db.example.pem'
            ssl_key_file = '../db.example.key'
            ssl_ca_file = '../good.pem'
            """
        try await withPrivateServer(tcp: true, configuration: configuration, access: access) { server in
            try await server.run("bash", ["-c", certificates, "bash", server.folder])
        } _: { server in
            try await Store.open(server.settings, migrating: true).close()
            try await server.asSuperuser(
                """
                CREATE ROLE secret_login LOGIN PASSWORD 'a:secret' IN ROLE mxcensus_reader;
                CREATE ROLE cert_login LOGIN IN ROLE mxcensus_worker;
                """)
            let passwords = try server.write("db.example:\(server.port):*:secret_login:a\\:secret\n", to: "pgpass")
            try await body(
                server,
                ConnectionSettings(keywords: [
                    "host": "db.example", "hostaddr": "127.0.0.1", "port": server.port, "dbname": "postgres",
                    "user": "secret_login", "passfile": passwords, "sslmode": "verify-full",
                    "sslrootcert": server.folder + "/good.pem", "channel_binding": "require",
                ]))
        }
    }

    private static let isEncrypted = "SELECT count(*) FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"

    @Test("verify-full accepts the right name; the password from the password file is bound to the channel")
    func rightName() async throws {
        try await Self.withTLS { _, settings in
            let store = try await Store.open(settings)
            #expect(try await store.value(Self.isEncrypted) == 1)
            #expect(try await store.connectedRole().roles == ["mxcensus_reader"])
            await store.close()
        }
    }

    @Test("A client certificate serves instead of a password")
    func clientCertificate() async throws {
        try await Self.withTLS { server, settings in
            var settings = settings.setting("user", "cert_login").setting("channel_binding", "prefer")
            await #expect(throws: StoreError.self) { _ = try await Store.open(settings) }
            settings = settings.setting("sslcert", server.folder + "/cert_login.pem")
                .setting("sslkey", server.folder + "/cert_login.key")
            let store = try await Store.open(settings)
            #expect(try await store.value(Self.isEncrypted) == 1)
            #expect(try await store.registerWorker(name: "w", leaseSeconds: 5).worker > 0)
            await store.close()
        }
    }

    @Test(
        "Another authority, another name, no TLS and a wrong password are refused, each with its reason",
        arguments: [
            ("sslrootcert", "wrong.pem", "certificate verify failed"),
            ("host", "other.example", "does not match host name \"other.example\""),
            ("sslmode", "disable", "no encryption"),
            ("password", "wrong", "password authentication failed"),
        ])
    func refusals(keyword: String, value: String, reason: String) async throws {
        try await Self.withTLS { server, settings in
            let path = keyword == "sslrootcert" ? server.folder + "/" + value : value
            var wrong = settings.setting(keyword, path)
            if keyword == "sslmode" { wrong = wrong.setting("channel_binding", "disable") }
            let error = await #expect(throws: StoreError.self) { _ = try await Store.open(wrong) }
            #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
            #expect(error?.description.contains("a:secret") == false)
        }
    }
}
