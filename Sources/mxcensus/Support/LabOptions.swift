import ArgumentParser
import CensusLab

/// A scale as `1:N` or `N`.
struct LabScale: ExpressibleByArgument {
    let denominator: Int

    init?(argument: String) {
        let text = argument.hasPrefix("1:") ? argument.dropFirst(2) : argument[...]
        guard let value = Int(text), (1...10_000_000).contains(value) else { return nil }
        denominator = value
    }

    init(_ denominator: Int) { self.denominator = denominator }

    var defaultValueDescription: String { "1:\(denominator)" }
}

/// Which lab internet: the same values always give the same names, hosts and truth.
struct LabOptions: ParsableArguments {
    @Option(help: "Profile: the proportions of the lab internet.")
    var profile = LabProfile.sendgrid2014.name

    @Option(help: ArgumentHelp("Size against the profile's own.", valueName: "1:N"))
    var scale = LabScale(1000)

    @Option(help: "Seed of the formula.")
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Mail hosts in one network (/24): more where they would not fit.", valueName: "count"))
    var hostsPerNetwork = 16

    func validate() throws {
        if !(1...250).contains(hostsPerNetwork) {
            throw ValidationError("--hosts-per-network must be between 1 and 250, not \(hostsPerNetwork).")
        }
        guard LabProfile.named(profile) != nil else {
            let known = LabProfile.all.map(\.name).joined(separator: ", ")
            throw ValidationError("No profile '\(profile)'. There is: \(known).")
        }
    }

    func configuration(dnsPort: Int = 0, smtpPort: Int = 0) throws -> LabConfiguration {
        guard let profile = LabProfile.named(profile) else { throw UsageError("No profile '\(profile)'.") }
        return LabConfiguration(
            profile: profile, scale: scale.denominator, seed: seed, dnsPort: dnsPort, smtpPort: smtpPort,
            hostsPerNetwork: hostsPerNetwork)
    }
}
