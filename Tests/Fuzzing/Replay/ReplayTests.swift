import Foundation
import Testing

@Suite("What the fuzzers are fed with")
struct ReplayTests {
    /// One file of the corpus, named `TARGET/FILE`.
    struct Input: CustomTestStringConvertible, Sendable {
        let target: FuzzTarget
        let file: URL
        var testDescription: String { "\(target.rawValue)/\(file.lastPathComponent)" }
    }

    static func files(of target: FuzzTarget) -> [Input] {
        let folder = Bundle.module.resourceURL?.appendingPathComponent("Corpus/\(target.rawValue)")
        let files = folder.flatMap {
            try? FileManager.default.contentsOfDirectory(at: $0, includingPropertiesForKeys: nil)
        }
        return (files ?? []).sorted { $0.lastPathComponent < $1.lastPathComponent }.map {
            Input(target: target, file: $0)
        }
    }

    @Test("There is a corpus for every target", arguments: FuzzTarget.allCases)
    func corpusExists(target: FuzzTarget) { #expect(Self.files(of: target).count >= 10) }

    @Test("No input breaks a promise", arguments: FuzzTarget.allCases.flatMap(files))
    func replay(input: Input) throws {
        try input.target.run([UInt8](Data(contentsOf: input.file)))
    }

    @Test("Nor does one that is cut short", arguments: FuzzTarget.allCases.flatMap(files))
    func cut(input: Input) throws {
        let bytes = [UInt8](try Data(contentsOf: input.file))
        for count in Set([0, 1, bytes.count / 2, max(0, bytes.count - 1)]) {
            try input.target.run(Array(bytes.prefix(count)))
        }
    }

    @Test("A chain of the known authority is trusted in its time, so the fuzzer would see a false one")
    func knownChain() throws {
        let file = try #require(Self.files(of: .certificates).first { $0.file.lastPathComponent == "good" }).file
        #expect(CertificatesBody.isTrusted([UInt8](try Data(contentsOf: file))))
    }
}
