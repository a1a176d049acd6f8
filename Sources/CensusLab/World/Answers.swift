import CensusModel

/// What the lab's DNS says to one question.
struct LabAnswer: Sendable, Equatable {
    enum Code: Sendable, Equatable {
        case noError, nxdomain, servfail
        /// No answer at all.
        case silence
    }

    enum Record: Sendable, Equatable {
        case mx(preference: UInt16, host: String)
        case address(IPAddress)
    }

    var code = Code.noError
    /// The name asked for is an alias of this one, which the records belong to.
    var alias: String?
    var records: [Record] = []
    /// Over UDP only the truncation bit is sent, so that the client must come again over TCP (RFC 7766 §5).
    var onlyTCP = false

    static let noData = LabAnswer()
}

extension LabWorld {
    enum QuestionType: Sendable { case mx, a, aaaa, other }

    /// Who a name is.
    enum Identity: Sendable {
        case host(Host)
        /// A mail domain: its MX hosts, or itself as a host.
        case domain(kind: DomainKind, edges: [DomainPlan.Edge], itself: Host?)
        /// A mail domain with the one host that shows a behaviour.
        case test(Int)
        /// The name does not exist.
        case nothing
    }

    /// The label that stands before a name which is an alias: `canonical.` + the name is what it stands for.
    private static let canonical = "canonical."

    /// The answer for any name in lower case without final dot.
    func answer(_ name: String, _ type: QuestionType) -> LabAnswer {
        var answer = answer(identify(name), name, type)
        if isAlias(name) { answer.alias = Self.canonical + name }
        return answer
    }

    /// Whether DNS answers for `name` with a CNAME: the domains of that kind, and one host in two hundred.
    private func isAlias(_ name: String) -> Bool {
        if name.hasPrefix(Self.canonical) { return false }
        return switch identify(name) {
        case .domain(kind: .aliased, _, _): true
        case .host(.pool(let index)):
            behaviours.pool(index).expectation.status == .ok && mixer.draw(.alias, index, below: 200) == 0
        case .host, .domain, .test, .nothing: false
        }
    }

    /// Who a name is: a test name, a host, a domain of the list, what one of these is an alias of, or any other name by
    /// its hash.
    func identify(_ name: String) -> Identity {
        // Names of services (`_25._tcp…`, `_mta-sts…`) do not exist.
        if name.utf8.first == UInt8(ascii: "_") { return .nothing }
        if name.hasPrefix(Self.canonical) {
            let base = String(name.dropFirst(Self.canonical.count))
            return isAlias(base) ? identify(base) : stranger(name)
        }
        if let test = Self.testName(name[...]) { return identity(test, name) }
        if let index = domains.index(named: name[...]) {
            let (kind, rank) = domains.kind(index)
            return .domain(
                kind: kind, edges: domains.edges(index), itself: kind == .implicit ? .implicit(rank) : nil)
        }
        if let host = poolHost(named: name[...]) { return .host(.pool(host)) }
        return stranger(name)
    }

    private func identity(_ test: TestName, _ name: String) -> Identity {
        switch test {
        case .behaviour(let number): .test(number)
        case .host(let number): .host(.test(number))
        case .kind(let kind): domain(kind, name)
        }
    }

    private func stranger(_ name: String) -> Identity {
        domain(domains.kind(ofStranger: mixer.draw(.foreignStatus, name: name)), name)
    }

    private func domain(_ kind: DomainKind, _ name: String) -> Identity {
        let edges = domains.edges(kind: kind, draw: mixer.draw(.extra, name: name), coveringRank: nil)
        return .domain(kind: kind, edges: edges, itself: kind == .implicit ? .stranger(name) : nil)
    }

    // MARK: Records

    private func answer(_ identity: Identity, _ name: String, _ type: QuestionType) -> LabAnswer {
        switch identity {
        case .host(let host): hostAnswer(host, type)
        case .test(let number):
            type == .mx ? LabAnswer(records: [.mx(preference: 10, host: testName(number))]) : .noData
        case .domain(let kind, let edges, let itself): domainAnswer(kind, edges, itself, name, type)
        case .nothing: LabAnswer(code: .nxdomain)
        }
    }

    private func hostAnswer(_ host: Host, _ type: QuestionType) -> LabAnswer {
        switch behaviour(host) {
        case .hostNXDOMAIN, .hostIPLiteral, .hostInvalidName: LabAnswer(code: .nxdomain)
        case .hostServfail: LabAnswer(code: .servfail)
        default: LabAnswer(records: addressRecords(host, type))
        }
    }

    private func addressRecords(_ host: Host, _ type: QuestionType) -> [LabAnswer.Record] {
        guard type == .a || type == .aaaa else { return [] }
        return addresses(of: host).filter { $0.isV6 == (type == .aaaa) }.map(LabAnswer.Record.address)
    }

    private func domainAnswer(
        _ kind: DomainKind, _ edges: [DomainPlan.Edge], _ itself: Host?, _ name: String, _ type: QuestionType
    ) -> LabAnswer {
        switch kind {
        case .nxdomain: LabAnswer(code: .nxdomain)
        case .servfail: LabAnswer(code: .servfail)
        case .timeout: LabAnswer(code: .silence)
        case .noMailHost: .noData
        case .nullMX: type == .mx ? LabAnswer(records: [.mx(preference: 0, host: "")]) : .noData
        case .implicit: itself.map { LabAnswer(records: addressRecords($0, type)) } ?? .noData
        case .mx, .aliased, .manyMX:
            type == .mx ? LabAnswer(records: records(edges, name), onlyTCP: kind == .manyMX) : .noData
        }
    }

    /// The MX records in an order of their own, as servers give them.
    private func records(_ edges: [DomainPlan.Edge], _ name: String) -> [LabAnswer.Record] {
        let first = edges.isEmpty ? 0 : Int(mixer.draw(.order, name: name) % UInt64(edges.count))
        return (edges[first...] + edges[..<first]).map {
            .mx(preference: $0.preference, host: self.name(.pool($0.host)))
        }
    }
}
