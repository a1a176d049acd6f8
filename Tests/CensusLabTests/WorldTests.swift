import CensusModel
import Foundation
import Testing

@testable import CensusLab

@Suite("World")
struct WorldTests {
    @Test("Host number, name and address stand for each other", arguments: [500, 20_000])
    func hostBijection(scale: Int) throws {
        let world = try LabWorld(LabConfiguration(scale: scale))
        var names: Set<String> = []
        var addresses: Set<IPAddress> = []
        for index in 0..<world.providers.hosts { try check(world, index, &names, &addresses) }
        #expect(names.count == world.providers.hosts)
        #expect(addresses.count == world.providers.hosts)
    }

    @Test("The same holds at 1:1, by sample")
    func fullScaleBijection() throws {
        let world = try LabWorld(LabConfiguration(scale: 1))
        var (names, addresses): (Set<String>, Set<IPAddress>) = ([], [])
        for index in stride(from: 0, to: world.providers.hosts, by: 3001) {
            try check(world, index, &names, &addresses)
        }
        try check(world, world.providers.hosts - 1, &names, &addresses)
        #expect(world.addresses.density <= 128)
    }

    private func check(
        _ world: LabWorld, _ index: Int, _ names: inout Set<String>, _ addresses: inout Set<IPAddress>
    ) throws {
        let name = world.name(.pool(index))
        names.insert(name)
        let address = world.addresses.pool(index)
        addresses.insert(address)
        guard case .v4(let value) = address else { throw LabError.configuration("not IPv4") }
        #expect(value >> 24 == 127)
        #expect(world.addresses.resident(at: value) == .pool(index))
        let behaviour = world.behaviours.pool(index)
        if behaviour != .hostInvalidName, behaviour != .hostIPLiteral {
            #expect(DomainName(normalized: name) != nil)
            #expect(world.poolHost(named: name[...]) == index)
        }
    }

    @Test("Domains that are their own mail host have addresses of their own")
    func implicitBijection() throws {
        let world = try LabWorld(LabConfiguration(scale: 100))
        for rank in 0..<world.implicitCount {
            guard case .v4(let value) = world.addresses.implicit(rank) else { continue }
            #expect(world.addresses.resident(at: value) == .implicit(rank))
        }
        #expect(world.implicitCount == 1200)
    }

    @Test("Every host of the pool takes mail for a domain, and no other host does", arguments: [1000, 2000, 100_000])
    func everyHostIsUsed(scale: Int) throws {
        let world = try LabWorld(LabConfiguration(scale: scale))
        var used: Set<Int> = []
        for index in 0..<world.domains.count { used.formUnion(world.domains.edges(index).map(\.host)) }
        #expect(used == Set(0..<world.providers.hosts))
        #expect(used.count + world.implicitCount == world.hostCount)
    }

    @Test("The same seed gives the same Internet, another seed another one")
    func seeds() throws {
        let names = try [UInt64(1), 1, 2].map { seed in
            let world = try LabWorld(LabConfiguration(seed: seed))
            return (0..<50).map {
                "\(world.domains.name($0)) \(world.domains.edges($0)) \(world.behaviours.pool($0).name)"
            }
        }
        #expect(names[0] == names[1])
        #expect(names[0] != names[2])
    }

    @Test("A few providers take the mail of a large part of the domains")
    func heavyTail() throws {
        let world = try LabWorld(LabConfiguration(scale: 100))
        var domains: [Int: Int] = [:]
        for index in 0..<world.domains.count {
            guard let first = world.domains.edges(index).first else { continue }
            domains[world.providers.provider(ofHost: first.host).number, default: 0] += 1
        }
        let largest = domains.values.sorted(by: >).prefix(10).reduce(0, +)
        #expect(Double(largest) / Double(world.domains.count) > 0.4)
        #expect(domains.count > world.providers.providers / 2)
    }

    @Test("No network of the pool holds so many hosts that its lane bounds a small scan")
    func lanes() throws {
        let world = try LabWorld(LabConfiguration(scale: 1000))
        var networks: [CIDR: Int] = [:]
        for index in 0..<world.providers.hosts {
            for address in world.addresses(of: .pool(index)) { networks[address.politenessNetwork, default: 0] += 1 }
        }
        networks[AddressPlan.refused.politenessNetwork] = nil
        #expect((networks.values.max() ?? 0) <= 20)
    }

    @Test("The list has every domain once, in one form, with a whole weight")
    func list() throws {
        let configuration = LabConfiguration(scale: 1000)
        let list = try LabDomains(configuration: configuration)
        let rows = Array(list)
        #expect(rows.count == 8000)
        #expect(list.count == 8000)
        #expect(Set(rows.map(\.name)).count == 8000)
        #expect(
            rows.allSatisfy {
                DomainName(normalized: $0.name) != nil && $0.weight >= 1 && $0.weight.rounded() == $0.weight
            })
        let world = try LabWorld(configuration)
        #expect(rows.enumerated().allSatisfy { world.domains.index(named: $1.name[...]) == $0 })
        let weights = rows.map(\.weight).sorted(by: >)
        #expect(weights.prefix(80).reduce(0, +) > weights.reduce(0, +) / 3)
    }

    @Test("The list is written as CSV with a header")
    func csv() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).csv").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try LabDomains(configuration: LabConfiguration(scale: 2000)).writeCSV(to: path)
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 4001)
        #expect(lines.first == "domain,weight")
        #expect(lines.dropFirst().allSatisfy { $0.wholeMatch(of: /d[0-9]{7}\.[a-z.-]+,[0-9]+/) != nil })
        #expect(throws: LabError.self) {
            try LabDomains(configuration: LabConfiguration()).writeCSV(to: "/no/such/folder/list.csv")
        }
    }

    @Test("Fifty thousand answers at 1:1 leave the memory where it was")
    func memory() throws {
        let world = try LabWorld(LabConfiguration(scale: 1))
        for index in 0..<1000 { _ = world.answer(world.domains.name(index), .mx) }
        let before = try residentBytes()
        for index in 0..<50_000 { _ = world.answer(world.domains.name(index * 149), .mx) }
        #expect(try residentBytes() - before < 32 << 20)
    }

    private func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .ascii).split(separator: " ")
        return (Int(fields[1]) ?? 0) * 4096
    }
}
