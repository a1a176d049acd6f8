// Names for developers: `expired.behaviour.lab.test` has one MX host, which behaves exactly so.
extension LabWorld {
    static let testSuffix = ".behaviour.lab.test"

    /// What a name under `behaviour.lab.test` stands for.
    enum TestName: Sendable, Equatable {
        /// A domain with one MX host of this number.
        case behaviour(Int)
        /// That MX host.
        case host(Int)
        /// A domain that DNS answers in this way.
        case kind(DomainKind)
    }

    /// What the MX record of the test domain of a behaviour holds.
    func testName(_ number: Int) -> String {
        switch Behaviour.all[number] {
        case .hostIPLiteral: addresses.test(number).description
        case .hostInvalidName: "mx*1\(Self.testSuffix)"
        case let behaviour: "mx.\(behaviour.name)\(Self.testSuffix)"
        }
    }

    /// Nil when `name` is not one of the test names.
    static func testName(_ name: Substring) -> TestName? {
        guard name.hasSuffix(testSuffix) else { return nil }
        let label = name.dropLast(testSuffix.count)
        if let behaviour = Behaviour.named(label) { return Behaviour.numbers[behaviour].map(TestName.behaviour) }
        if label.hasPrefix("mx."), let behaviour = Behaviour.named(label.dropFirst(3)) {
            return Behaviour.numbers[behaviour].map(TestName.host)
        }
        return DomainKind(rawValue: String(label)).map(TestName.kind)
    }
}
