import CensusModel
import Foundation
import Testing

@testable import CensusLab

@Suite("Lab")
struct LabTests {
    @Test("Ports are free ones when none are asked for, and can be read")
    func freePorts() async throws {
        try await withLab { lab, _ in
            #expect(lab.dnsPort > 0 && lab.smtpPort > 0)
            #expect(lab.dnsServer == "127.0.0.1:\(lab.dnsPort)")
        }
    }

    @Test("A taken port is named in the error, and nothing is left listening")
    func takenPorts() async throws {
        try await withLab { lab, _ in
            for (dns, smtp) in [(lab.dnsPort, 0), (0, lab.smtpPort)] {
                let second = try Lab(configuration: LabConfiguration(dnsPort: dns, smtpPort: smtp))
                do {
                    try await second.start()
                    Issue.record("started on a port that is taken")
                } catch let error as LabError {
                    #expect(
                        error.description.contains("\(dns + smtp)") && error.description.contains("choose another port")
                    )
                }
                try await second.shutdown()
            }
        }
    }

    @Test("A lab can be stopped twice, and its ports taken again")
    func restart() async throws {
        let (dns, smtp) = try await withLab { lab, _ in (lab.dnsPort, lab.smtpPort) }
        let again = try Lab(configuration: LabConfiguration(dnsPort: dns, smtpPort: smtp))
        try await again.start()
        try await again.start()
        #expect(again.smtpPort == smtp)
        try await again.shutdown()
        try await again.shutdown()
    }

    @Test("The trust file cannot be written where there is no folder")
    func trustFile() throws {
        let lab = try Lab(configuration: LabConfiguration())
        #expect(throws: LabError.self) { try lab.writeTrustFile("/no/such/folder/trust.pem") }
        #expect(try lab.trustPEM.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
    }

    @Test("The connection log has both ends of every connection, up to its limit")
    func connectionLog() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).log").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let change = { (configuration: inout LabConfiguration) in
            configuration.connectionLog = path
            configuration.connectionLogLimit = 2
        }
        let begin = DispatchTime.now().uptimeNanoseconds
        try await withLab(scale: 1000, change) { lab, _ in
            for number in 0..<3 {
                _ = await dialogue(IPAddress.v4(0x7f00_1000 + UInt32(number)), lab.smtpPort, ["QUIT"])
            }
        }
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
            $0.split(separator: " ")
        }
        #expect(lines.filter { $0[1] == "open" }.map { $0[2] } == ["127.0.16.0", "127.0.16.1"])
        #expect(lines.filter { $0[1] == "close" }.map { $0[2] }.sorted() == ["127.0.16.0", "127.0.16.1"])
        // The kernel tells the age of a connection to a few milliseconds.
        let span = begin - 100_000_000...DispatchTime.now().uptimeNanoseconds
        #expect(lines.compactMap { UInt64($0[0]) }.filter(span.contains).count == lines.count)
        #expect(throws: LabError.self) {
            try Lab(configuration: LabConfiguration(connectionLog: "/no/such/folder/log"))
        }
    }
}
