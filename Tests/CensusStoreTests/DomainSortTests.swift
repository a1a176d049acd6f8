import CensusModel
import Foundation
import Testing

@testable import CensusStore

@Suite("Sorting an import")
struct DomainSortTests {
    private struct Domain: Hashable {
        let name: String
        let weight: Double
    }

    /// Sorts in runs of about 2,000 bytes: hundreds of runs.
    private func sorted(_ domains: [Domain], _ order: DomainOrder) async throws -> [Domain] {
        let sort = try DomainSort(order, runBytes: 2000)
        for domain in domains {
            if sort.isFull { try await sort.spill() }
            domain.name.utf8.withContiguousStorageIfAvailable { sort.add(UnsafeRawBufferPointer($0), domain.weight) }
        }
        let merge = try await sort.merged()
        #expect(merge.count == domains.count)
        var result: [Domain] = []
        while let next = try merge.next() {
            result.append(Domain(name: String(decoding: next.name, as: UTF8.self), weight: next.weight))
        }
        return result
    }

    /// Names with long common beginnings, names that begin others, and names of one to 253 bytes.
    private func domains(_ count: Int) -> [Domain] {
        var random = SplitMix(state: 7)
        return (0..<count).map { number in
            let beginning = ["", "a", "mail.", "a-long-common-beginning."].randomElement(using: &random)!
            let length = number % 50 == 0 ? 253 - beginning.utf8.count : Int.random(in: 1...12, using: &random)
            let rest = (0..<length).map { _ in "ab.-z_09".randomElement(using: &random)! }
            return Domain(
                name: beginning + String(rest), weight: [-0.0, 0, 0.25, 1, 1e9].randomElement(using: &random)!)
        }
    }

    @Test("By name: byte by byte, over many runs, nothing lost")
    func byName() async throws {
        let domains = domains(20_000)
        let sorted = try await sorted(domains, .name)
        let expected = domains.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(sorted.map(\.name) == expected)
        #expect(Set(sorted) == Set(domains))
    }

    @Test("By weight: the heaviest first, then by name")
    func byWeight() async throws {
        let domains = domains(20_000)
        let expected = domains.sorted {
            $0.weight != $1.weight ? $0.weight > $1.weight : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
        }
        #expect(try await sorted(domains, .weight) == expected)
    }

    @Test("Nothing, and one domain")
    func few() async throws {
        #expect(try await sorted([], .name).isEmpty)
        let one = Domain(name: "a.example", weight: 1)
        #expect(try await sorted([one], .weight) == [one])
    }

    @Test("A weight is added to the domain before only when that has the same name")
    func doubles() async throws {
        let sort = try DomainSort(.weight)
        func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        }
        #expect(!sort.addToLast(bytes("a.example"), 1))
        sort.add(bytes("a.example"), 1)
        #expect(!sort.addToLast(bytes("b.example"), 1))
        #expect(!sort.addToLast(bytes("a.exampl"), 1))
        sort.add(bytes("b.example"), 1)
        #expect(sort.addToLast(bytes("b.example"), 2))
        let merge = try await sort.merged()
        var weights: [Double] = []
        while let next = try merge.next() { weights.append(next.weight) }
        #expect(weights == [3, 1])
    }

    @Test("A directory that does not take the file is named, with what to do")
    func noDirectory() {
        let error = #expect(throws: StoreError.self) { try SpillFile(in: "/nowhere/at-all") }
        #expect(
            error?.description
                == "Cannot create a temporary file in /nowhere/at-all: No such file or directory; TMPDIR names another directory."
        )
    }

    @Test("A full disk is an error, not a shorter list")
    func fullDisk() throws {
        // The file's offset limit stands in for a full disk: pwrite fails with EINVAL or EFBIG beyond it.
        let file = try SpillFile()
        #expect(throws: StoreError.self) { try file.write([1, 2, 3], at: Int.max - 1) }
    }
}
