import ArgumentParser
import CensusModel
import CensusReport
import CensusWorker
import CertificateChain
import DNSLookup
import DomainNames
import Foundation
import NIOPosix
import ProbeEngine

struct Probe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look once at a mail host or at all MX hosts of a domain.",
        discussion: """
            Shows the SMTP dialogue, TLS parameters, the chain, every finding, and the outcome in plain words with the \
            remedy. A name with MX records is taken as a domain, any other as a host. Exit status 0 when every host is \
            trusted, 1 otherwise. Needs no database; when one is named, by an option or in the environment, whoever opted \
            out there is left alone.

            Examples:
              mxcensus probe gmail.com
              mxcensus probe mx1.example.org --ipv4-only
              mxcensus probe example.org --json
              mxcensus probe mx.example.org --address 127.0.0.1 --port 2525 --trust-file ca.pem --allow-network 127.0.0.0/8
              mxcensus probe mx1.example.org --verify-without-sni
            """)

    @Argument(help: ArgumentHelp("Mail domain, e-mail address, MX host or IP address.", valueName: "host-or-domain"))
    var name: String

    @Flag(help: "Take the name as an MX host, whatever MX records it has.")
    var host = false

    @Option(
        help: ArgumentHelp(
            "Dial this address of the MX host and ask no DNS; repeatable.", valueName: "ip"))
    var address: [String] = []

    @Flag(
        name: .customLong("verify-without-sni"),
        help: "Ask each host with TLS once more without SNI: does it show the same certificate?")
    var secondLook = false

    @OptionGroup(title: "Probing") var probing: ProbeOptions
    @OptionGroup var database: DatabaseOptions

    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
        let settings = probing.settings()
        let trustStore = try TrustStores.load(probing.trustFile)
        let optOuts = try await database.optOuts()
        let resolver = try MailResolver(
            ResolverConfiguration(servers: settings.dnsServers, timeout: .seconds(settings.dnsTimeout)))
        let route =
            address.isEmpty
            ? try await ProbeRoute.find(
                name, asHost: host, settings: settings, optOuts: optOuts, resolver: resolver)
            : try ProbeRoute.given(name, at: address, settings: settings, optOuts: optOuts)
        let entries = try await look(at: route.targets, settings: settings, trustStore: trustStore)
        await resolver.shutdown()
        let words = try Words.load()
        let page = ProbePage(
            asked: route.asked, notes: route.notes, entries: entries, words: words.outcomes,
            findingWords: words.findings)
        Console.output(json ? page.json() : page.text(TextStyle(width: Console.width, colour: Console.colour)))
        guard !entries.isEmpty, entries.allSatisfy({ $0.verdict.outcome == .trusted }) else { throw SilentFailure() }
    }

    /// One probe after the other: a person reads them one after the other, and it is gentler.
    private func look(
        at targets: [ProbeTarget], settings: ScanSettings, trustStore: TrustStore
    ) async throws -> [ProbePageEntry] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var engineSettings = ProbeEngineSettings(
            ehloName: settings.ehloName ?? ProcessInfo.processInfo.hostName, timeouts: settings.timeouts)
        engineSettings.recordTranscript = true
        let engine = try ProbeEngine(settings: engineSettings, eventLoopGroup: group)
        let judge = ObservationJudge(trustStore: trustStore)
        var entries: [ProbePageEntry] = []
        for target in targets {
            var observation = await engine.probe(target)
            var (verdict, evidence) = judge.judge(observation)
            if secondLook, target.host != nil, SecondLookSample.isWorthwhile(observation, verdict) {
                let second = await engine.probe(ProbeTarget(host: nil, address: target.address, port: target.port))
                observation.secondLook = SecondLook(failure: second.failure, chain: second.chain)
                (verdict, evidence) = judge.judge(observation)
            }
            entries.append(ProbePageEntry(observation: observation, verdict: verdict, evidence: evidence))
        }
        try await group.shutdownGracefully()
        return entries
    }
}

/// Which addresses `mxcensus probe NAME` looks at, and how it came to them.
struct ProbeRoute {
    var asked: String
    let settings: ScanSettings
    let optOuts: OptOuts
    var notes: [String] = []
    var targets: [ProbeTarget] = []

    static func find(
        _ text: String, asHost: Bool, settings: ScanSettings, optOuts: OptOuts, resolver: MailResolver
    ) async throws -> ProbeRoute {
        if let address = IPAddress(text) { return Self.address(address, settings: settings, optOuts: optOuts) }
        let name: DomainName
        switch NameNormalizer.domain(from: text) {
        case .success(let domain): name = domain
        case .failure(let problem):
            throw UsageError("'\(EscapedText.escape(text.utf8))' is no mail domain: \(problem).")
        }
        var route = ProbeRoute(asked: name.text, settings: settings, optOuts: optOuts)
        guard !asHost else {
            await route.add(host: name.text, resolver: resolver)
            return route
        }
        if route.isBarred(name.text) { return route }
        let resolution = await resolver.resolveDomain(name)
        route.notes.append(route.describe(resolution))
        for record in resolution.mx { await route.add(host: record.host, resolver: resolver) }
        return route
    }

    /// The MX host `text` at `addresses`, without a look-up.
    static func given(
        _ text: String, at addresses: [String], settings: ScanSettings, optOuts: OptOuts
    ) throws -> ProbeRoute {
        guard case .success(let host) = NameNormalizer.domain(from: text) else {
            throw UsageError("'\(EscapedText.escape(text.utf8))' is no host name; --address needs one.")
        }
        var route = ProbeRoute(asked: host.text, settings: settings, optOuts: optOuts)
        for text in addresses {
            guard let address = IPAddress(text) else {
                throw UsageError("--address '\(EscapedText.escape(text.utf8))' is no IP address.")
            }
            route.add(address, of: host)
        }
        return route
    }

    private static func address(_ address: IPAddress, settings: ScanSettings, optOuts: OptOuts) -> ProbeRoute {
        var route = ProbeRoute(asked: address.description, settings: settings, optOuts: optOuts)
        route.add(address, of: nil)
        return route
    }

    /// Every target comes through here, wherever its address is from.
    private mutating func add(_ address: IPAddress, of host: DomainName?) {
        if !settings.policy.permits(address) {
            notes.append("\(address) is special-purpose space: not contacted without --allow-network")
        } else if optOuts.contains(address) {
            notes.append("\(address) has opted out: not contacted")
        } else if host.map({ isBarred($0.text) }) != true {
            targets.append(ProbeTarget(host: host, address: address, port: settings.port))
        }
    }

    /// True, with a note, when the owner of the name asked to be left alone.
    private mutating func isBarred(_ name: String) -> Bool {
        guard optOuts.covers(name) else { return false }
        let note = "\(EscapedText.escape(name.utf8)) has opted out: not contacted"
        if !notes.contains(note) { notes.append(note) }
        return true
    }

    private func describe(_ resolution: DomainResolution) -> String {
        switch resolution.status {
        case .mx: "MX of \(asked): " + resolution.mx.map { "\($0.preference) \($0.host)" }.joined(separator: ", ")
        case .implicitMX: "\(asked) has no MX but an address: it is its own mail host (RFC 5321 §5.1)"
        case .nullMX: "\(asked) takes no mail: null MX (RFC 7505)"
        case .noMailHost: "\(asked) has neither MX nor address: it takes no mail"
        case .nxdomain: "\(asked) does not exist"
        case .dnsFailure: "DNS failed for \(asked): \(resolution.failure?.rawValue ?? "unknown")"
        case .invalidName: "\(asked) is no valid name"
        case .optedOut: "\(asked) has opted out"
        }
    }

    private mutating func add(host: String, resolver: MailResolver) async {
        if isBarred(host) { return }
        let resolution = await resolver.resolveHost(host, families: settings.families, policy: settings.policy)
        switch resolution.status {
        case .ok: break
        case .forbidden:
            notes.append("\(host): only addresses in special-purpose space, not contacted without --allow-network")
        case .dnsFailure: notes.append("\(host): DNS failed: \(resolution.failure?.rawValue ?? "unknown")")
        case .ipLiteral: notes.append("\(host): the MX names an IP address instead of a host (RFC 5321 §5.1)")
        case .invalidName: notes.append("\(host): no valid host name")
        case .noAddress: notes.append("\(host): has no address")
        case .nxdomain: notes.append("\(host): does not exist")
        case .optedOut: notes.append("\(host): has opted out")
        }
        for address in resolution.addresses where settings.policy.permits(address) {
            add(address, of: DomainName(normalized: host))
        }
    }
}
