import CensusModel
import Testing

@testable import CensusLab

@Suite("Addresses that hosts share")
struct SharedAddressTests {
    private func world(_ scale: Int) throws -> LabWorld {
        try LabWorld(LabConfiguration(profile: .sharedAddresses, scale: scale))
    }

    @Test("Forty neighbours share each address, and every name finds its host", arguments: [100, 1000])
    func sharing(scale: Int) throws {
        let world = try world(scale)
        var names: [IPAddress: Set<String>] = [:]
        for index in 0..<world.providers.hosts {
            let name = world.name(.pool(index))
            #expect(world.poolHost(named: name[...]) == index)
            names[world.addresses.pool(index), default: []].insert(name)
            guard case .v4(let value) = world.addresses.pool(index) else { continue }
            #expect(world.addresses.resident(at: value) == .pool(index / 40 * 40))
        }
        #expect(world.providers.hosts == 400_000 / scale)
        #expect(names.count == 400_000 / scale / 40)
        #expect(names.values.allSatisfy { $0.count == 40 })
    }

    @Test("At 30 % of the addresses the certificate depends on the name", arguments: [100, 1000])
    func shares(scale: Int) throws {
        let world = try world(scale)
        let shared = try #require(world.behaviours.shared)
        let addresses = 10_000 / scale
        let byName = (0..<addresses).map { shared.kind(ofAddress: $0) }.count { $0 == .byName || $0 == .someByName }
        #expect(byName == addresses * 30 / 100)
    }

    @Test("Hosts, when counted one by one, have the quotas")
    func totals() throws {
        let truth = try LabTruth(configuration: LabConfiguration(profile: .sharedAddresses, scale: 500))
        var counted: [String: Int] = [:]
        truth.forEachHost { counted[$0.behaviour ?? "", default: 0] += 1 }
        #expect(counted.values.reduce(0, +) == 800)
        for (behaviour, hosts) in truth.hostTotals { #expect(counted[behaviour.name] == hosts) }
    }

    @Test("Each client gets the certificate that makes its host behave as the truth says")
    func certificates() throws {
        let world = try world(100)
        let shared = try #require(world.behaviours.shared)
        for index in 0..<world.providers.hosts {
            let name = world.name(.pool(index))
            guard case .v4(let address) = world.addresses.pool(index) else { continue }
            let resident = world.resident(at: address)
            let behaviour = world.behaviours.pool(index)
            let (kind, subject): (CertificateKind, CertificateSubject)
            switch shared.kind(ofAddress: index / 40) {
            case .plain:
                #expect(behaviour == .plain && resident.behaviour == .plain)
                continue
            case .oneCertificate:
                (kind, subject) = (resident.behaviour.script.certificate, try #require(resident.subject))
            case .byName, .someByName:
                #expect(resident.subject == nil)
                (kind, subject) = try #require(world.certificate(askedFor: name))
            }
            let names = world.certificateOrder(kind, for: subject).names
            #expect(names.contains(name) == (behaviour == .trusted || behaviour == .expired), "\(name) \(names)")
            #expect((kind == .expired) == (behaviour == .expired))
        }
    }
}
