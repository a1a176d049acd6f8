import Foundation
import Testing

/// Network namespaces: one with the database, and one for each site, linked to it by a cable of its own. Needs root.
final class FleetNetworks: Sendable {
    /// How a link is spoilt.
    enum Weather {
        case fine
        /// Nothing passes.
        case cut
        /// One packet of ten is lost on its way to the database, and those that pass take longer, if the kernel can do that.
        case lossy
    }

    private let core: RunningProgram
    private let sites: [RunningProgram]

    /// `count` sites.
    init(sites count: Int) async throws {
        core = try await Self.makeNamespace()
        var sites: [RunningProgram] = []
        for number in 1...count {
            let site = try await Self.makeNamespace()
            sites.append(site)
            let script = """
                set -e
                nsenter --target "$1" --net ip link add "db$3" type veth peer name cable netns "$2"
                nsenter --target "$1" --net ip address add "10.77.$3.1/24" dev "db$3"
                nsenter --target "$1" --net ip link set "db$3" up
                nsenter --target "$2" --net ip address add "10.77.$3.2/24" dev cable
                nsenter --target "$2" --net ip link set cable up
                """
            try await Self.run(
                ["bash", "-c", script, "bash", "\(core.processID)", "\(site.processID)", "\(number)"])
        }
        self.sites = sites
    }

    deinit { for holder in sites + [core] { holder.signal(SIGKILL) } }

    /// Runs a command beside the database.
    var inCore: [String] { Self.enter(core) }

    /// Runs a command in a site, from 1.
    func inSite(_ number: Int) -> [String] { Self.enter(sites[number - 1]) }

    /// The database, as a site reaches it.
    func database(from site: Int) -> [String: String] {
        ["MXCENSUS_DATABASE_URL": "postgresql://mxcensus@10.77.\(site).1/mxcensus?connect_timeout=5"]
    }

    /// Changes the link of a site. In bad weather packets still arrive now and then.
    func set(_ weather: Weather, of site: Int) async throws {
        let script = """
            set -e
            tc qdisc del dev "$1" root 2>/dev/null || true
            iptables --flush
            ip link set "$1" up
            case $2 in
            cut) ip link set "$1" down ;;
            lossy)
                iptables --append INPUT --in-interface "$1" --match statistic --mode random --probability 0.1 --jump DROP
                tc qdisc add dev "$1" root netem delay 100ms 30ms loss 5% 2>/dev/null ||
                    tc qdisc add dev "$1" root tbf rate 300kbit burst 2kb latency 400ms
                ;;
            esac
            """
        try await Self.run(inCore + ["bash", "-c", script, "bash", "db\(site)", "\(weather)"])
    }

    private static func makeNamespace() async throws -> RunningProgram {
        let holder = try RunningProgram([
            "unshare", "--net", "bash", "-c", "ip link set lo up && echo up && exec sleep infinity",
        ])
        try await holder.waitUntil("the namespace was there") { $0.output == "up\n" }
        return holder
    }

    private static func enter(_ holder: RunningProgram) -> [String] {
        ["nsenter", "--target", "\(holder.processID)", "--net", "--"]
    }

    private static func run(_ command: [String]) async throws {
        let result = try await RunningProgram(command).result()
        try #require(result.status == 0, "\(command): \(result.errors)")
    }
}
