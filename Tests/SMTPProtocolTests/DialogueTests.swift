import CensusModel
import Foundation
import Testing

@testable import SMTPProtocol

@Suite("Scripted dialogues")
struct DialogueTests {
    static let files: [String] = {
        let folder = Bundle.module.resourceURL?.appendingPathComponent("Fixtures").path ?? ""
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".dialogue") }.map { String($0.dropLast(9)) }.sorted()
    }()

    static func script(_ name: String) throws -> DialogueScript {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "dialogue", subdirectory: "Fixtures"))
        return try DialogueScript(String(contentsOf: url, encoding: .utf8))
    }

    @Test("The scripts are found")
    func scriptsExist() { #expect(Self.files.count >= 40) }

    @Test("A dialogue goes as scripted", arguments: files)
    func whole(name: String) throws {
        var runner = DialogueRunner(script: try Self.script(name), byteByByte: false)
        #expect(runner.problemsFound() == [])
    }

    @Test("A dialogue goes the same way when every byte arrives alone", arguments: files)
    func byteByByte(name: String) throws {
        let script = try Self.script(name)
        if script.needsChunks { return }
        var runner = DialogueRunner(script: script, byteByByte: true)
        #expect(runner.problemsFound() == [])
    }

    @Test("Without being asked to, the machine keeps no transcript", arguments: files)
    func noTranscript(name: String) throws {
        var runner = DialogueRunner(script: try Self.script(name), byteByByte: false, recordTranscript: false)
        _ = runner.problemsFound()
        #expect(runner.observation.transcript.isEmpty)
    }

    @Test("The transcript of a good dialogue reads like the dialogue")
    func transcript() throws {
        var runner = DialogueRunner(script: try Self.script("trusted"), byteByByte: false)
        _ = runner.problemsFound()
        let lines = runner.observation.transcript.map { "\($0.milliseconds) \($0.direction.rawValue): \($0.text)" }
        #expect(
            lines == [
                "20 note: connected to 192.0.2.1 port 25",
                "120 received: 220 mx.example.org ESMTP",
                "120 sent: EHLO probe.example",
                "150 received: 250-mx.example.org",
                "150 received: 250-SIZE 35882577",
                "150 received: 250 STARTTLS",
                "150 sent: STARTTLS",
                "150 received: 220 go ahead",
                "190 note: TLSv1.3 TLS_AES_256_GCM_SHA384, 1 certificate",
                "190 sent: EHLO probe.example",
                "190 received: 250-mx.example.org",
                "190 received: 250 SIZE 35882577",
                "190 sent: QUIT",
                "195 received: 221 bye",
            ])
    }
}
