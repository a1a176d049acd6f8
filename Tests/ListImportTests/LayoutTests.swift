import CensusModel
import Foundation
import ListImport
import Testing

@Suite("The layout of a list")
struct LayoutTests {
    private let wanted = ["example.org", "example.net"]

    @Test(
        "is found without being told",
        arguments: [
            "example.org\nexample.net\n", "example.org\r\nexample.net\r\n", "example.org\nexample.net",
            "\u{feff}example.org\nexample.net\n", "\n\nexample.org\n\nexample.net\n\n",
            "  example.org\t\nexample.net \n",
            "# my list\nexample.org\n# more\nexample.net\n", "domain\nexample.org\nexample.net\n",
            "Email\nuser@example.org\nuser@example.net\n", "\"example.org\"\n\"example.net\"\n",
            "1,example.org\n2,example.net\n", "1\texample.org\n2\texample.net\n", "1;example.org\n2;example.net\n",
            "rank,domain\n1,example.org\n2,example.net\n", "domain,weight\nexample.org,5\nexample.net,7\n",
            "id,name,Address Suffix\n1,a.b.example,example.org\n2,c.d.example,example.net\n",
            "\"id\",\"the, \"\"domain\"\"\"\n1,\"example.org\"\n2,\"example.net\"\n",
            "note,domain\n\"two\nlines\",example.org\n\"a \"\"b\"\", c\",example.net\n",
            "user@example.org,x\nuser@example.net,y\n", "x\texample.org\nfoo, bar\texample.net\n",
            "# by hand\nrank,domain\n1,example.org\n2,example.net\n",
        ])
    func found(text: String) throws {
        let list = try read(text)
        #expect(list.names == wanted && list.rejected.isEmpty)
    }

    @Test("takes weights from a header only")
    func weights() throws {
        #expect(
            try read("domain,weight\na.example,5\nb.example,0.25\nc.example,1e3\n").entries.map(\.weight) == [
                5, 0.25, 1000,
            ])
        #expect(try read("domain,Volume\na.example, 7 \n").entries.map(\.weight) == [7])
        #expect(try read("a.example,5\nb.example,6\n").entries.map(\.weight) == [1, 1])
        let named = ListOptions(weightColumn: "messages")
        #expect(try read("messages,domain,weight\n12,a.example,99\n", named).entries.map(\.weight) == [12])
    }

    @Test("refuses weights that are none, line by line")
    func badWeights() throws {
        let values = ["-1", "nan", "inf", "0x10", "many", "", "1,5", "1e999", "+2", "0"]
        let list = try read("domain\tweight\n" + values.map { "a.example\t\($0)\n" }.joined())
        #expect(list.entries.map(\.weight) == [2, 0])
        #expect(list.rejected.count == 8 && list.rejected.allSatisfy { $0.reason.contains("weight") })
    }

    @Test("is told by naming the columns, whatever the case")
    func named() throws {
        let text = "from,to,count\na.example,b.example,3\nc.example,d.example,4\n"
        let list = try read(text, ListOptions(domainColumn: "TO", weightColumn: "count"))
        #expect(list.names == ["b.example", "d.example"] && list.entries.map(\.weight) == [3, 4])
        // With a named column the first line is the header, although it looks like data.
        let odd = try read("a.example,b.example\nc.example,d.example\n", ListOptions(domainColumn: "b.example"))
        #expect(odd.names == ["d.example"])
    }

    @Test("that lacks a named column names those it has")
    func missing() throws {
        let file = try TemporaryFile("from,to,count\na.example,b.example,3\n")
        let error = #expect(throws: ListError.self) { try readAll(file.path, ListOptions(domainColumn: "domain")) }
        #expect(error?.code == .missingColumn)
        let text = try #require(error?.description)
        for part in [file.path, "line 1", "\"domain\"", "\"from\", \"to\", \"count\"", "--domain-column"] {
            #expect(text.contains(part), "\(part)")
        }
        let weight = #expect(throws: ListError.self) { try readAll(file.path, ListOptions(weightColumn: "volume")) }
        #expect(weight?.description.contains("--weight-column") == true)
        let none = try TemporaryFile("id,text\n1,hello\n2,world\n")
        #expect(throws: ListError.self) { try readAll(none.path) }
    }

    @Test("of a large provider's published table is understood with and without the column's name")
    func publishedTable() throws {
        let text = """
            Address Suffix,Hostname Suffix,Direction,UN M.49 Region Code,Region Name,Fraction Encrypted
            163.com,netease.com,outbound,001,World,1
            yahoo.{...},yahoodns.net,outbound,001,World,0.99
            example.co.jp,mail.example.co.jp,inbound,001,World,0

            """
        for options in [ListOptions(), ListOptions(domainColumn: "Address Suffix")] {
            let list = try read(text, options)
            #expect(list.names == ["163.com", "example.co.jp"])
            #expect(list.rejected.map(\.line) == [3])
            #expect(list.rejected.first?.reason.contains("{") == true)
        }
    }
}

@Suite("Examples/domains.csv")
struct ExampleTests {
    @Test("has at least 200 domains, each once and with a weight, and no bad line")
    func example() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let list = try readAll(root.appendingPathComponent("Examples/domains.csv").path)
        #expect(list.rejected.isEmpty && list.entries.count >= 200)
        #expect(Set(list.names).count == list.entries.count)
        #expect(list.entries.allSatisfy { $0.weight >= 100 })
    }
}
