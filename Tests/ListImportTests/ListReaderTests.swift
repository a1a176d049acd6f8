import CensusModel
import Foundation
import ListImport
import Testing

@Suite("Reading a list")
struct ListReaderTests {
    @Test("goes on after bad lines and reports each with its number, reason and excerpt")
    func rejects() throws {
        let list = try read("a.example\nlocalhost\n\nb..example\nhttp://c.example/\n192.0.2.1\nd.example\n")
        #expect(list.names == ["a.example", "d.example"])
        #expect(list.rejected.map(\.line) == [2, 4, 5, 6])
        #expect(list.rejected.map(\.excerpt) == ["localhost", "b..example", "http://c.example/", "192.0.2.1"])
        #expect(Set(list.rejected.map(\.reason)).count == 4)
        #expect(list.report.lines == 7 && list.report.accepted == 2 && list.report.rejected == 4)
        #expect(list.report.firstRejects == list.rejected)
    }

    @Test("keeps the first ten rejects in the report")
    func firstRejects() throws {
        let list = try read("a.example\n" + String(repeating: "bad\n", count: 25))
        #expect(list.report.firstRejects.map(\.line) == Array(2...11) && list.rejected.count == 25)
    }

    @Test("escapes what it quotes")
    func escapes() throws {
        let list = try read("a.example\n\u{1b}[31m.example\nb\u{202e}.example\n")
        #expect(list.rejected.map(\.excerpt) == ["\\x1b[31m.example", "b\\xe2\\x80\\xae.example"])
    }

    @Test("counts every line, doubles included")
    func doubles() throws {
        #expect(try read("a.example\nA.example.\nuser@a.example\n").names == ["a.example", "a.example", "a.example"])
    }

    @Test("rejects a line of three mebibytes as one line, wherever it stands", arguments: [0, 1, 2])
    func longLine(place: Int) throws {
        var lines = ["a.example", "b.example"]
        lines.insert(String(repeating: "x", count: 3 << 20), at: place)
        let list = try read(lines.joined(separator: "\n") + "\n")
        #expect(list.names == ["a.example", "b.example"])
        #expect(list.rejected.map(\.line) == [place + 1])
        #expect(list.rejected.first?.reason == "longer than 64 KiB")
        #expect(list.rejected.first.map { $0.excerpt.count < 200 } == true)
        #expect(list.report.lines == 3)
    }

    @Test("rejects a quote that is not closed as one line")
    func openQuote() throws {
        let many = (0..<5000).map { "row,domain\($0).example\n" }.joined()
        let list = try read("note,domain\nx,a.example\n\"open,b.example\n" + many)
        #expect(list.entries.count == 5001 && list.rejected.map(\.line) == [3])
        #expect(list.rejected.first?.reason.contains("quote") == true)
        // A quote inside a field is an ordinary character.
        #expect(try read("note,domain\n5\" disk,a.example\nx,b.example\n").names == ["a.example", "b.example"])
        #expect(try read("note,domain\n\"a\"b,a.example\nx,b.example\n").names == ["a.example", "b.example"])
    }

    @Test("numbers lines through records of several lines")
    func numbering() throws {
        let list = try read("note,domain\n\"1\n2\n3\",a.example\nx,bad\n\"1\n2\",also bad\n")
        #expect(list.names == ["a.example"] && list.rejected.map(\.line) == [5, 6] && list.report.lines == 7)
    }

    @Test("finds the same lines wherever the chunks are cut")
    func chunks() throws {
        // About 3 MiB, with lines of every length around the cuts.
        let names = (0..<60_000).map { "n\($0)" + String(repeating: "x", count: $0 % 55) + ".example" }
        let list = try read(names.joined(separator: "\r\n"))
        #expect(list.names == names && list.rejected.isEmpty)
        #expect(list.largestChunk < 60_000)
    }

    @Test("rejects what is not UTF-8 line by line")
    func notUTF8() throws {
        let file = try TemporaryFile(Array("a.example\nm".utf8) + [0xfc] + Array("ller.example\nb.example\n".utf8))
        let list = try readAll(file.path)
        #expect(list.names == ["a.example", "b.example"] && list.rejected.map(\.line) == [2])
        #expect(list.rejected.first?.excerpt == "m\\xfcller.example")
    }

    @Test("takes Unicode names as their A-labels")
    func unicode() throws {
        #expect(try read("müller.example\n").names == ["xn--mller-kva.example"])
    }
}

@Suite("A file that is no list")
struct BadFileTests {
    private func error(_ bytes: [UInt8]) throws -> ListError? {
        let file = try TemporaryFile(bytes)
        return #expect(throws: ListError.self) { try readAll(file.path) }
    }

    @Test("is refused with its kind")
    func kinds() throws {
        let text = Array("example.org\nexample.net\n".utf16)
        let little = text.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        let big = text.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        #expect(try error([])?.code == .empty)
        #expect(try error(Array("\n \n\r\n".utf8))?.code == .empty)
        #expect(try error(Array("\u{feff}".utf8))?.code == .empty)
        #expect(try error([0xff, 0xfe] + little)?.code == .utf16)
        #expect(try error([0xfe, 0xff] + big)?.code == .utf16)
        #expect(try error(little)?.code == .utf16)
        #expect(try error(big)?.code == .utf16)
        #expect(try error([0x1f, 0x8b, 8, 0])?.code == .compressed)
        #expect(try error(Array("PK\u{3}\u{4}xl/workbook.xml".utf8))?.code == .compressed)
        #expect(try error([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 62, 0])?.code == .binary)
        #expect(try error([1, 2, 3, 4, 5, 6])?.code == .binary)
    }

    @Test("says which file, what is wrong and what to do")
    func messages() throws {
        let missing = #expect(throws: ListError.self) { try readAll("/nonexistent/list.csv") }
        #expect(
            missing?.description == "/nonexistent/list.csv: cannot be read: No such file or directory; check the path")
        let folder = FileManager.default.temporaryDirectory.path
        let directory = #expect(throws: ListError.self) { try readAll(folder) }
        #expect(directory?.description.contains("is a directory") == true)
        let file = try TemporaryFile("")
        let empty = #expect(throws: ListError.self) { try readAll(file.path) }
        #expect(empty?.description.hasPrefix("\(file.path): is empty") == true)
    }
}
