import CensusModel
import Testing

@testable import CensusWorker

@Suite("Contact rules of a worker")
struct ContactRulesTests {
    private func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private func rules() throws -> ContactRules {
        let rules = ContactRules()
        rules.take(
            OptOuts([
                .network(try #require(CIDR("9.9.9.0/24"))),
                .domain(try #require(DomainName(normalized: "left.example"))),
            ]), version: 7)
        return rules
    }

    @Test("before dialling, a name bars its whole host, an address only itself")
    func bars() throws {
        let rules = try rules()
        let policy = ContactPolicy()
        func bar(_ text: String, _ host: String) throws -> ContactRules.Bar? {
            rules.bar(try address(text), of: host, policy: policy)
        }
        #expect(try bar("8.8.8.8", "mx.example.net") == nil)
        #expect(try bar("8.8.8.8", "mx.left.example") == .host)
        #expect(try bar("9.9.9.9", "mx.left.example") == .host)
        #expect(try bar("9.9.9.9", "mx.example.net") == .address)
        #expect(try bar("::ffff:9.9.9.9", "mx.example.net") == .address)
        #expect(try bar("64:ff9b::909:909", "mx.example.net") == .address)
        // Special-purpose space, whatever the database says of it.
        #expect(try bar("10.0.0.1", "mx.example.net") == .address)
        #expect(try bar("64:ff9b::a00:1", "mx.example.net") == .address)
        #expect(ContactRules().bar(try address("9.9.9.9"), of: "mx.left.example", policy: policy) == nil)
    }

    @Test("a resolved host goes on with its other addresses; without any it has opted out")
    func hosts() throws {
        let rules = try rules()
        func apply(_ texts: [String], _ status: HostStatus = .ok) throws -> (HostStatus, permitted: [String]) {
            let resolution = HostResolution(status: status, addresses: try texts.map(address))
            let applied = rules.apply(to: resolution, policy: ContactPolicy())
            // What DNS said is kept.
            #expect(applied.resolution.addresses == resolution.addresses)
            return (applied.resolution.status, applied.permitted.map(\.description))
        }
        #expect(try apply(["8.8.8.8", "9.9.9.9"]) == (.ok, ["8.8.8.8"]))
        #expect(try apply(["9.9.9.9", "10.0.0.1"]) == (.optedOut, []))
        #expect(try apply(["9.9.9.9", "2002:909:901::1"]) == (.optedOut, []))
        #expect(try apply(["10.0.0.1"], .forbidden) == (.forbidden, []))
        #expect(try apply([], .noAddress) == (.noAddress, []))
    }
}
