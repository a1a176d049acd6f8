import CensusModel
import CensusReport
import Foundation
import Testing

@Suite("Export rows")
struct RowEncoderTests {
    private func probe() -> ProbeRow {
        ProbeRow(
            scan: "weekend", host: "mx.example.org", address: .v4(0xc000_0201), port: 25,
            startedAt: saturday.addingTimeInterval(0.25), outcome: .negativeSerial,
            findings: [.negativeSerial, .nameMismatch], conclusive: true, starttls: true, tlsVersion: "TLSv1.3",
            cipher: "TLS_AES_256_GCM_SHA384", verified: false, error: "=cmd()",
            greeting: "220 \"hello\", says \\x1b[31m",
            ehlo: "250 a / STARTTLS", serial: "-0a1b", notBefore: saturday, notAfter: nil, issuer: "+CN=Ünïcode 名,O=x",
            subject: "@line\nend\u{1b}\u{7f}\u{85}", names: ["mx.example.org", "a b"], fingerprint: "00ff",
            durations: [.handshake: 5, .connect: 1, .ehloUnderTLS: 2], final: true, handshakeFailure: "other: =1+1",
            handshakeStep: .serverKeyExchange, dhBits: 1024, signatureDigest: "SHA1", secondLook: .noCertificate,
            sharedFrom: "=mx")
    }

    private func unseen() -> ProbeRow {
        ProbeRow(
            scan: "-weekend", host: "-mx", address: .v6(0x2001_0db8_0000_0000, 1), port: 2525,
            startedAt: saturday, outcome: .refused, findings: [], conclusive: true, starttls: nil, tlsVersion: nil,
            cipher: nil, verified: nil, error: nil, greeting: nil, ehlo: nil, serial: nil, notBefore: nil,
            notAfter: nil,
            issuer: nil, subject: nil, names: [], fingerprint: nil, durations: [:], final: false)
    }

    private func domain() -> DomainRow {
        DomainRow(
            scan: "weekend", domain: "example.org", weight: 12.5, status: .mx, failure: nil,
            mx: [
                .init(
                    host: "mx.example.org", preference: 10,
                    addresses: [.v4(0xc000_0201), .v6(0x2001_0db8_0000_0000, 1)], outcome: .trusted,
                    status: .ok),
                .init(host: "say \\x22\"hi\"", preference: 20, addresses: [], outcome: nil, status: .invalidName),
            ], verdict: .secure)
    }

    private func encode(_ format: ExportFormat, _ rows: [ProbeRow]) -> [UInt8] {
        var bytes: [UInt8] = []
        let encoder = RowEncoder(format)
        encoder.appendProbeHeader(to: &bytes)
        for row in rows { encoder.append(row, to: &bytes) }
        return bytes
    }

    private func encode(_ format: ExportFormat, _ rows: [DomainRow]) -> [UInt8] {
        var bytes: [UInt8] = []
        let encoder = RowEncoder(format)
        encoder.appendDomainHeader(to: &bytes)
        for row in rows { encoder.append(row, to: &bytes) }
        return bytes
    }

    /// The keys that the issue names, in its order; what follows is ours.
    static let probeKeys = """
        scan host address port started_at outcome findings conclusive starttls tls_version cipher verified error greeting \
        ehlo serial not_before not_after issuer subject names fingerprint durations_ms final handshake_failure handshake_step dh_bits \
        signature_digest second_look shared_from
        """
    static let domainKeys = "scan domain weight status mx verdict failure"

    @Test("a JSON line of a probe has exactly the keys, in order, and reads back")
    func probeJSON() throws {
        let bytes = encode(.jsonl, [probe(), unseen()])
        let program = """
            import json, sys
            for line in open(sys.argv[1], encoding="utf-8", newline="\\n"):
                print(" ".join(json.loads(line, object_pairs_hook=dict)))
            """
        #expect(try python(program, input: bytes) == "\(Self.probeKeys)\n\(Self.probeKeys)\n")
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        let first = try #require(JSONSerialization.jsonObject(with: Data(lines[0])) as? [String: Any])
        #expect(first["started_at"] as? String == "2014-05-17T08:30:00.250Z")
        #expect(first["not_before"] as? String == "2014-05-17T08:30:00Z")
        #expect(first["not_after"] is NSNull)
        #expect(first["error"] as? String == "=cmd()")
        #expect(first["greeting"] as? String == "220 \"hello\", says \\x1b[31m")
        #expect(first["issuer"] as? String == "+CN=Ünïcode 名,O=x")
        #expect(first["subject"] as? String == "@line\nend\u{1b}\u{7f}\u{85}")
        #expect(first["findings"] as? [String] == ["negative_serial", "name_mismatch"])
        #expect(first["names"] as? [String] == ["mx.example.org", "a b"])
        #expect(first["durations_ms"] as? [String: Int] == ["connect": 1, "handshake": 5, "ehlo_tls": 2])
        #expect(first["starttls"] as? Bool == true)
        let second = try #require(JSONSerialization.jsonObject(with: Data(lines[1])) as? [String: Any])
        #expect(second["starttls"] is NSNull)
        #expect(second["address"] as? String == "2001:db8::1")
        #expect(second["names"] as? [String] == [])
        #expect(second["final"] as? Bool == false)
        #expect(first["handshake_failure"] as? String == "other: =1+1")
        #expect(first["handshake_step"] as? String == "server_key_exchange")
        #expect(first["dh_bits"] as? Int == 1024)
        #expect(first["signature_digest"] as? String == "SHA1")
        #expect(first["second_look"] as? String == "no_certificate")
        #expect(first["shared_from"] as? String == "=mx")
        #expect(second["shared_from"] is NSNull)
        #expect(second["dh_bits"] is NSNull)
    }

    @Test("JSON lines have no raw control byte")
    func calmJSON() {
        let bytes = encode(.jsonl, [probe()])
        #expect(bytes.filter { $0 < 0x20 } == [UInt8(ascii: "\n")])
        #expect(isCalm(String(decoding: bytes, as: UTF8.self)))
    }

    @Test("a CSV row of a probe reads back in Python, with formulas disarmed and our own values untouched")
    func probeCSV() throws {
        let program = """
            import csv, json, sys
            rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")))
            print(" ".join(rows[0]))
            r = rows[0]
            for key in ("error", "greeting", "issuer", "subject", "names", "serial", "findings", "started_at", "final"):
                print(key, ascii(r[key]))
            print(json.loads(r["durations_ms"]))
            print(rows[1]["scan"], rows[1]["host"], repr(rows[1]["starttls"]), rows[1]["port"])
            """
        let output = try python(program, input: encode(.csv, [probe(), unseen()]))
        #expect(
            output == #"""
                \#(Self.probeKeys)
                error "'=cmd()"
                greeting '220 "hello", says \\x1b[31m'
                issuer "'+CN=\xdcn\xefcode \u540d,O=x"
                subject "'@line\nend\\x1b\\x7f\x85"
                names 'mx.example.org a\\x20b'
                serial '-0a1b'
                findings 'negative_serial name_mismatch'
                started_at '2014-05-17T08:30:00.250Z'
                final 'true'
                {'connect': 1, 'handshake': 5, 'ehlo_tls': 2}
                '-weekend '-mx '' 2525

                """#)
    }

    @Test("CSV lines end with CR LF and every row has every column")
    func shapeOfCSV() {
        let text = String(decoding: encode(.csv, [unseen()]), as: UTF8.self)
        #expect(
            text == Self.probeKeys.replacing(" ", with: ",") + "\r\n\"'-weekend\",\"'-mx\",2001:db8::1,2525,"
                + "2014-05-17T08:30:00.000Z,refused,,true,,,,,,,,,,,,,,,\"{}\",false,,,,,,\r\n")
    }

    @Test("a domain reads back from JSON lines and from CSV alike")
    func domains() throws {
        let json = encode(.jsonl, [domain()])
        let row = try #require(JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        #expect(row["weight"] as? Double == 12.5)
        #expect(row["verdict"] as? String == "secure")
        #expect(row["failure"] is NSNull)
        let hosts = try #require(row["mx"] as? [[String: Any]])
        #expect(hosts[0]["addresses"] as? [String] == ["192.0.2.1", "2001:db8::1"])
        #expect(hosts[1]["host"] as? String == "say \\x22\"hi\"")
        #expect(hosts[1]["outcome"] is NSNull)
        #expect(hosts[1]["status"] as? String == "invalid_name")
        let program = """
            import csv, json, sys
            rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8", newline="")))
            print(" ".join(rows[0]))
            print(rows[0]["weight"], json.dumps(json.loads(rows[0]["mx"])))
            """
        let output = try python(program, input: encode(.csv, [domain()]))
        #expect(
            output == #"""
                \#(Self.domainKeys)
                12.5 [{"host": "mx.example.org", "preference": 10, "addresses": ["192.0.2.1", "2001:db8::1"], "outcome": "trusted", "status": "ok"}, {"host": "say \\x22\"hi\"", "preference": 20, "addresses": [], "outcome": null, "status": "invalid_name"}]

                """#)
    }

    @Test("moments are written as the calendar has them")
    func moments() throws {
        // Seconds by GNU date: leap days, century years, before 1970, the end of RFC 5280's time.
        let cases: [(Double, String)] = [
            (951_782_400, "2000-02-29T00:00:00Z"), (4_107_542_399, "2100-02-28T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
            (-2_208_988_800, "1900-01-01T00:00:00Z"), (253_402_300_799, "9999-12-31T23:59:59Z"),
            (1e300, "9999-12-31T23:59:59Z"),
        ]
        for (seconds, expected) in cases {
            var row = unseen()
            row.notAfter = Date(timeIntervalSince1970: seconds)
            let object = try JSONSerialization.jsonObject(with: Data(encode(.jsonl, [row]))) as? [String: Any]
            #expect(object?["not_after"] as? String == expected)
        }
    }

    @Test("milliseconds survive the binary fraction of a Date")
    func milliseconds() throws {
        for millisecond in 0..<1000 {
            var row = unseen()
            row.startedAt = Date(timeIntervalSince1970: 1_800_000_000 + Double(millisecond) / 1000)
            let object = try JSONSerialization.jsonObject(with: Data(encode(.jsonl, [row]))) as? [String: Any]
            let digits = String(String(1000 + millisecond).dropFirst())
            #expect((object?["started_at"] as? String)?.hasSuffix("." + digits + "Z") == true)
        }
    }
}
