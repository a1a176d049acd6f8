import Foundation
import Testing

/// Compares `text` with a file that a person has read and found right. With MXCENSUS_RECORD_FIXTURES in the environment the
/// file is written instead; look at the difference before it is committed.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    if ProcessInfo.processInfo.environment["MXCENSUS_RECORD_FIXTURES"] != nil {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
        try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
        return
    }
    let file = Bundle.module.bundleURL.appending(path: "Fixtures").appending(path: name)
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(text == expected, "\(name) differs", sourceLocation: sourceLocation)
}

/// True when nothing in `text` but line feeds could steer a terminal.
func isCalm(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
        scalar == "\n" || ![.control, .format].contains(scalar.properties.generalCategory)
    }
}

/// Runs a Python program with `input` on its standard input and gives what it prints. Fails the test when Python does.
func python(_ program: String, input: [UInt8]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "mxcensus-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "input")
    try Data(input).write(to: file)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", program, file.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
}
