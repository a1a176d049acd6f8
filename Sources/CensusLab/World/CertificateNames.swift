/// Whose certificate a host shows.
enum CertificateSubject: Hashable, Sendable {
    /// One for all hosts of a provider, by number.
    case provider(Int)
    /// One for this host alone.
    case host(String)
    /// The one at an address that pool hosts share, by the first of them.
    case sharedAddress(Int)
}

extension LabWorld {
    /// Up to this many hosts are listed by name in their provider's certificate; more get a wildcard.
    private static let listedHosts = 8

    /// Who answers at an address, as far as its address tells.
    struct Resident: Sendable {
        let behaviour: Behaviour
        /// Nil for names outside the list, which only the client knows.
        let name: String?
        /// Whose certificate is shown; nil where only the client knows: for names outside the list, and where it depends on
        /// the name that is asked for.
        let subject: CertificateSubject?
        /// Chooses the dialect of banner and EHLO.
        let style: Int
    }

    /// Who answers at an IPv4 address of 127/8.
    func resident(at address: UInt32) -> Resident {
        let behaviour = behaviour(at: .v4(address))
        switch addresses.resident(at: address) {
        case .pool(let index):
            let provider = providers.provider(ofHost: index).number
            let name = name(.pool(index))
            return Resident(
                behaviour: behaviour, name: name, subject: subject(ofPoolHost: index, behaviour),
                style: providers.style(ofProvider: provider))
        case .implicit(let rank):
            let name = name(.implicit(rank))
            return Resident(
                behaviour: behaviour, name: name, subject: .host(name), style: mixer.draw(.style, rank, below: 1000))
        case .test(let number) where number < Behaviour.all.count:
            let name = testName(number)
            return Resident(behaviour: behaviour, name: name, subject: .host(name), style: 0)
        case .test, .stranger, .dropped, .dead, .unreachable:
            return Resident(
                behaviour: behaviour, name: nil, subject: nil, style: mixer.draw(.style, Int(address), below: 1000))
        }
    }

    private func subject(ofPoolHost index: Int, _ behaviour: Behaviour) -> CertificateSubject? {
        if let shared = behaviours.shared {
            return switch shared.kind(atHost: index) {
            case .byName, .someByName: nil
            case .oneCertificate, .plain: .sharedAddress(index)
            }
        }
        return behaviour.script.hasCertificateOfItsOwn
            ? .host(name(.pool(index))) : .provider(providers.provider(ofHost: index).number)
    }

    /// The certificate that a client gets who asks for `name` at an address where it depends on the name; nil for other
    /// names than those of the hosts that share such an address.
    func certificate(askedFor name: String) -> (kind: CertificateKind, subject: CertificateSubject)? {
        guard let shared = behaviours.shared, let index = poolHost(named: name[...]) else { return nil }
        let kind = behaviours.pool(index).script.certificate
        let isShared = shared.kind(atHost: index) == .someByName && kind == .otherName
        return (kind, isShared ? .sharedAddress(shared.hosts(sharingWith: index).lowerBound) : .host(name))
    }

    /// The certificate of that kind for `subject`.
    func certificateOrder(_ kind: CertificateKind, for subject: CertificateSubject) -> CertificateOrder {
        switch subject {
        case .provider(let number): certificateOrder(kind, provider: number)
        case .host(let name): Self.certificateOrder(kind, host: name)
        case .sharedAddress(let first): certificateOrder(kind, sharedWith: first)
        }
    }

    private func certificateOrder(_ kind: CertificateKind, provider number: Int) -> CertificateOrder {
        let domain = providers.domain(ofProvider: number)
        switch kind {
        case .otherName: return CertificateOrder(kind: kind, names: Self.otherNames(than: domain))
        case .tooDeepWildcard: return CertificateOrder(kind: kind, names: ["*.\(domain)", domain])
        default:
            guard usesWildcard(provider: number) else {
                let prefix = providers.hostPrefix(ofProvider: number)
                let count = providers.provider(number).hosts.count
                return CertificateOrder(kind: kind, names: (1...count).map { "\(prefix)\($0).\(domain)" })
            }
            return CertificateOrder(kind: kind, names: ["*.\(domain)", domain])
        }
    }

    private func certificateOrder(_ kind: CertificateKind, sharedWith first: Int) -> CertificateOrder {
        if kind == .otherName { return CertificateOrder(kind: kind, names: Self.otherNames(than: name(.pool(first)))) }
        let named = behaviours.shared?.namedHosts(at: first) ?? []
        return CertificateOrder(kind: kind, names: named.map { name(.pool($0)) })
    }

    private static func certificateOrder(_ kind: CertificateKind, host: String) -> CertificateOrder {
        let domain = host.split(separator: ".").dropFirst().joined(separator: ".")
        let parent = host.split(separator: ".").dropFirst(2).joined(separator: ".")
        return switch kind {
        case .otherName: CertificateOrder(kind: kind, names: otherNames(than: host))
        case .tooDeepWildcard: CertificateOrder(kind: kind, names: ["*.\(parent)", parent])
        case .commonNameBesideOthers: CertificateOrder(kind: kind, names: otherNames(than: host), commonName: host)
        case .wildcard: CertificateOrder(kind: kind, names: ["*.\(domain)"])
        case .partialWildcard: CertificateOrder(kind: kind, names: ["\(host.prefix(1))*.\(domain)"])
        case .bareWildcard: CertificateOrder(kind: kind, names: ["*"])
        case .doubleWildcard: CertificateOrder(kind: kind, names: ["*.*.\(parent)"])
        case .upperCase: CertificateOrder(kind: kind, names: [host.uppercased()])
        case .finalDot: CertificateOrder(kind: kind, names: [host + "."])
        case .nulInName: CertificateOrder(kind: kind, names: [host + "\0.evil.test"], commonName: "mail host")
        default: CertificateOrder(kind: kind, names: [host])
        }
    }

    /// Whether the hosts of a provider are named by a wildcard.
    func usesWildcard(provider number: Int) -> Bool { providers.provider(number).hosts.count > Self.listedHosts }

    /// What misconfigured servers show: the web site's or the hosting panel's certificate.
    private static func otherNames(than domain: String) -> [String] {
        domain.utf8.count % 2 == 0
            ? ["www.\(domain)", "webmail.\(domain)"] : ["panel.hosting.test", "*.shared.hosting.test"]
    }
}
