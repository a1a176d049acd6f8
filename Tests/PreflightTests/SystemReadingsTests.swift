import Foundation
import Testing

@testable import Preflight

@Suite("Readings of this machine")
struct SystemReadingsTests {
    @Test("the descriptor limit is the one that the shell sees")
    func limit() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", "ulimit -Hn"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let hard = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let limit = SystemReadings.descriptorLimit()
        #expect(hard == "unlimited" ? limit.hard > 1 << 40 : String(limit.hard) == hard)
        #expect(limit.soft <= limit.hard && limit.soft > 0)
    }

    @Test("raising brings the soft limit to the hard one")
    func raise() {
        let limit = raiseDescriptorLimit()
        #expect(limit.soft == limit.hard)
        #expect(SystemReadings.descriptorLimit() == limit)
    }

    @Test("the clock can be read")
    func clock() {
        let before = Date()
        let reading = SystemReadings.clock()
        #expect(reading.now >= before)
        #expect((reading.synchronised == nil) == (reading.maximumErrorMicroseconds == nil))
    }

    @Test("the address towards IPv6, if there is one, is of that family")
    func route() {
        let source = SystemReadings.sourceTowardsIPv6()
        #expect(source == nil || source?.isV6 == true)
    }
}
