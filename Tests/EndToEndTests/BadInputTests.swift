import Foundation
import Testing

extension EndToEnd {
    @Suite("Bad input gets a clear message and the right exit status")
    struct BadInputTests {
        private let folder: TemporaryFolder
        private let data: String
        /// No resolver is asked about it: a label of 64 octets is no name (RFC 1035 §2.3.4).
        private static let impossibleHost = String(repeating: "x", count: 64) + ".example"

        init() throws {
            folder = try TemporaryFolder()
            data = folder.path("pg")
        }

        private func importing(_ arguments: String...) async throws -> ProgramResult {
            try await MXCensusProgram.run(["import", "customers"] + arguments + ["--data-dir", data])
        }

        @Test("an empty file")
        func emptyFile() async throws {
            let result = try await importing(folder.write("empty.csv", ""))
            #expect(result.status == 1)
            #expect(result.errors.contains("empty.csv"))
            #expect(result.errors.contains("empty"))
        }

        @Test("a binary file")
        func binaryFile() async throws {
            let bytes = Data((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 3)) })
            let result = try await importing(folder.write("list.bin", bytes))
            #expect(result.status == 1)
            #expect(result.errors.contains("list.bin"))
            #expect(result.errors.contains("binary"))
        }

        @Test("a missing column, naming those that are there")
        func missingColumn() async throws {
            let file = try folder.write("list.csv", "name,size\nexample.org,1\n")
            let result = try await importing(file, "--domain-column", "domain")
            #expect(result.status == 2)
            #expect(result.errors.contains("\"domain\""))
            #expect(result.errors.contains("size"))
        }

        @Test(
            "networks of a planned scan that are none, with file, line and value",
            arguments: [
                ("network,targets\n192.0.2.0/24,10\n192.0.2.1/32,1\n", ":3: ", "'192.0.2.1/32' is no /24"),
                ("2001:db8::/32,5\n", ":1: ", "'2001:db8::/32' is no /24 of IPv4 and no /48 of IPv6"),
                ("192.0.2.0/24,10\n\n198.51.100.0/24,many\n", ":3: ", "'many' is no number of targets"),
                ("192.0.2.0/24,0\n", ":1: ", "'0' is no number"), ("192.0.2.0/24\n", ":1: ", "is not NETWORK,TARGETS"),
                ("192.0.2.0/24,50000000\n192.0.2.0/24,1\n", ":2: ", "more than 50000000 targets"),
                ("\u{1b}[2J,1\n", ":1: ", "\\x1b[2J"), ("network,targets\n", "", "names no network"),
                (String(repeating: "9", count: 100_000), ":1: ", "is too long"),
            ])
        func networks(content: String, place: String, words: String) async throws {
            let file = try folder.write("networks.csv", content)
            let result = try await MXCensusProgram.run(["plan", "--networks", file])
            #expect(result.status == 2)
            #expect(result.errors.contains(file + place), "\(result.errors)")
            #expect(result.errors.contains(words), "\(result.errors)")
            #expect(result.errors.utf8.count < 1000)
        }

        @Test("a UTF-16 file, with how to convert it")
        func utf16() async throws {
            let text = try #require("example.org\r\nexample.net\r\n".data(using: .utf16))
            let result = try await importing(folder.write("excel.csv", text))
            #expect(result.status == 1)
            #expect(result.errors.contains("UTF-16"))
            #expect(result.errors.contains("iconv"))
        }

        @Test("a line of 10 MB is one rejected line, and the rest goes on")
        func longLine() async throws {
            let file = try folder.write(
                "long.txt", "example.org\n" + String(repeating: "x", count: 10 << 20) + "\nexample.net\n")
            let result = try await importing(file)
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("2 domains"))
            #expect(result.errors.contains("line 2"))
            #expect(result.errors.utf8.count < 2000)
        }

        @Test("CRLF line ends are no trouble")
        func crlf() async throws {
            let result = try await importing(
                folder.write("dos.csv", "domain,weight\r\nexample.org,5\r\nexample.net,7\r\n"))
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.errors.contains("2 domains"))
            #expect(result.errors.contains("0 lines rejected"))
        }

        @Test("a file that is not there")
        func missingFile() async throws {
            let result = try await importing(folder.path("nowhere.csv"))
            #expect(result.status == 1)
            #expect(result.errors.contains("nowhere.csv"))
        }

        @Test(
            "a file without permission",
            .enabled(if: getuid() != 0 || FileManager.default.fileExists(atPath: "/usr/bin/setpriv")))
        func noPermission() async throws {
            let file = try folder.write("secret.csv", "example.org\n")
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file)
            // Root may read anything, so the program runs as another user then; only the list is opened before it fails.
            let arguments = ["import", "customers", file, "--database", "host=/nonexistent"]
            let result =
                getuid() != 0
                ? try await MXCensusProgram.run(arguments)
                : await
                    (try RunningProgram(
                        URL(filePath: "/usr/bin/setpriv"),
                        ["--reuid", "65534", "--regid", "65534", "--clear-groups", MXCensusProgram.url.path] + arguments
                    ))
                    .result()
            #expect(result.status == 1)
            #expect(result.errors.contains("secret.csv"))
            #expect(result.errors.lowercased().contains("permission"))
        }

        @Test("an unknown host for --dns")
        func unknownDNSHost() async throws {
            let list = try folder.write("list.txt", "example.org\n")
            let result = try await MXCensusProgram.run(
                ["scan", list, "--dns", "\(Self.impossibleHost):53", "--data-dir", data])
            #expect(result.status == 2)
            #expect(result.errors.contains(Self.impossibleHost))
        }

        @Test(
            "an option with an impossible value",
            arguments: [
                ["scan", "list", "--rate", "0"], ["scan", "list", "--allow-network", "127.0.0.1/8"],
                ["scan", "list", "--port", "0"], ["scan", "list", "--verify-without-sni", "0"],
                ["scan", "list", "--verify-without-sni", "101%"], ["scan", "list", "--verify-without-sni", "some"],
                ["scan"], ["scan", "list", "--ipv4-only", "--ipv6-only"],
                ["export", "hosts"], ["rejudge", "latest", "--at", "tomorrow"],
                ["rejudge", "latest", "--at", "2027-02-29"], ["rejudge", "latest", "--at", "2027-01-01T25:00"],
                ["rejudge", "latest", "--format", "xml"], ["rejudge", "latest", "--trust-file", "/nonexistent.pem"],
                ["lab", "--scale", "1:x"], ["probe", "not a domain"],
                ["scan", "list", "--database", "postgresql://me:secret@localhost/census"],
            ])
        func usage(arguments: [String]) async throws {
            let result = try await MXCensusProgram.run(arguments)
            #expect(result.status == 2, "\(result.errors)")
            #expect(!result.errors.isEmpty)
            #expect(!result.errors.contains("secret"))
        }

        @Test(
            "a schedule that cannot be, with what is allowed",
            arguments: [
                (["weekly", "--list", "l", "--every", "fortnight", "--at", "03:00"], "'2 weeks'"),
                (["weekly", "--list", "l", "--every", "week", "--at", "03:00"], "'Sunday 03:00'"),
                (["weekly", "--list", "l", "--every", "day", "--at", "03:00", "--rate", "0"], "--rate"),
                (["week ly", "--list", "l", "--every", "day", "--at", "03:00"], "letters, digits"),
                (
                    ["weekly", "--list", "l", "--every", "day", "--at", "03:00", "--concurrency", "9"],
                    "mxcensus worker"
                ),
            ])
        func schedule(arguments: [String], allowed: String) async throws {
            let result = try await MXCensusProgram.run(["schedule", "add"] + arguments + ["--data-dir", data])
            #expect(result.status == 2, "\(result.errors)")
            #expect(result.errors.contains(allowed), "\(result.errors)")
        }

        @Test("a schedule, a list and a time zone that do not exist")
        func unknownSchedule() async throws {
            for command in ["runs", "run-now", "pause", "resume", "remove"] {
                let result = try await MXCensusProgram.run(["schedule", command, "nothing", "--data-dir", data])
                #expect(result.status == 2, "\(command): \(result.errors)")
                #expect(result.errors.contains("'nothing'"))
                #expect(result.errors.contains("schedule list"))
            }
            let add = ["schedule", "add", "weekly", "--list", "nowhere", "--every", "day", "--at", "03:00"]
            for (arguments, words) in [([], "mxcensus import"), (["--timezone", "zurich"], "Europe/Zurich")] {
                let result = try await MXCensusProgram.run(add + arguments + ["--data-dir", data])
                #expect(result.status == 2, "\(result.errors)")
                #expect(result.errors.contains(words), "\(result.errors)")
            }
        }

        @Test("a scan that does not exist", arguments: ["report", "rejudge"])
        func unknownScan(command: String) async throws {
            let result = try await MXCensusProgram.run([command, "nothing", "--data-dir", data])
            #expect(result.status == 2)
            #expect(result.errors.contains("nothing"))
        }

        @Test(
            "every command has help with an example",
            arguments: [
                [], ["scan"], ["import"], ["probe"], ["doctor"], ["report"], ["export"], ["rejudge"], ["psql"], ["db"],
                ["db", "migrate"], ["db", "status"], ["lab"], ["lab", "truth"], ["lab", "list"], ["lab", "behaviours"],
                ["demo"], ["plan"], ["bench", "weekend"],
            ])
        func help(command: [String]) async throws {
            let result = try await MXCensusProgram.run(command + ["--help"])
            #expect(result.status == 0)
            #expect(result.output.contains("Example"))
            #expect(result.output.contains("  mxcensus "))
        }
    }
}
