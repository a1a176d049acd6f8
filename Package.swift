// swift-tools-version: 6.2
import PackageDescription

// Warnings are errors in this package's own targets; dependencies are built as they come.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error),
]

/// A library target of this package: its code is in `Sources/<name>`.
func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// A test target: its code is in `Tests/<name>`, its fixtures, if any, in `Fixtures` there.
func tests(_ name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: strict)
}

/// A C library of the system.
func system(_ name: String, pkgConfig: String, debian: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([debian])])
}

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

/// What the bodies of the fuzzers feed.
let fuzzed: [Target.Dependency] = [
    "CMXOpenSSL", "CensusModel", "CensusRules", "CertificateChain", "DNSLookup", "DomainNames", "ListImport",
    "SMTPProtocol",
]

let package = Package(
    name: "mxcensus",
    products: [
        .executable(name: "mxcensus", targets: ["mxcensus"]),
        // For Benchmarks/HotFunctions, a package of its own.
        .library(
            name: "HotModules",
            targets: [
                "CensusModel", "CensusRules", "CensusStore", "CertificateChain", "DNSLookup", "DomainNames",
                "ListImport", "PostgresClient", "SMTPProtocol",
            ]),
        // For Tests/Vectors, likewise.
        .library(name: "CertificateJudging", targets: ["CertificateChain", "CensusRules", "CensusModel"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries: headers, and shims for macros that Swift cannot see.
        system("CMXIDN", pkgConfig: "libidn2", debian: "libidn2-dev"),
        system("CMXOpenSSL", pkgConfig: "openssl", debian: "libssl-dev"),
        system("CMXPSL", pkgConfig: "libpsl", debian: "libpsl-dev"),
        system("CMXPostgres", pkgConfig: "libpq", debian: "libpq-dev"),
        system("CMXUnbound", pkgConfig: "libunbound", debian: "libunbound-dev libevent-dev"),
        .systemLibrary(name: "CMXClock"),
        .systemLibrary(name: "CMXProcess"),
        .target(name: "CMXAllocator", linkerSettings: [.linkedLibrary("jemalloc")]),
        .target(name: "CMXDatagrams"),
        .target(name: "CMXKeyReading", dependencies: ["CMXOpenSSL"]),
        .target(name: "CMXLab"),

        // Values and pure functions.
        module("CensusModel"),
        module("CensusRules", ["CensusModel"]),
        module("CertificateChain", ["CMXKeyReading", "CMXOpenSSL", "CensusModel"]),
        module("DomainNames", ["CMXIDN", "CMXPSL", "CensusModel"]),
        module("ListImport", ["CensusModel", "DomainNames"]),
        module("ScanSimulation", ["CensusModel"]),
        module("CensusReport", ["CensusModel", "ScanSimulation"]),

        // The network.
        module("SMTPProtocol", ["CensusModel"]),
        module("TLSProbe", ["CMXKeyReading", "CMXOpenSSL", "CensusModel", nioCore]),
        module("ProbeEngine", ["CensusModel", "SMTPProtocol", "TLSProbe", nioCore, nioPosix]),
        module("DNSLookup", ["CMXDatagrams", "CMXUnbound", "CensusModel"]),
        module("Preflight", ["CMXClock", "CensusModel", nioCore, nioPosix]),

        // The database.
        module("PostgresClient", ["CMXPostgres"]),
        // Plain SQL files that psql can read, embedded in the binary.
        .target(
            name: "CensusSQL", path: "sql", exclude: ["examples", "schema.sql", "check-schema"],
            resources: [
                .embedInCode("migrations"), .embedInCode("queries"), .embedInCode("roles"), .embedInCode("vocabulary"),
            ],
            swiftSettings: strict),
        module("CensusStore", ["CMXProcess", "CensusModel", "CensusSQL", "PostgresClient"]),

        // The work.
        module(
            "CensusWorker",
            [
                "CensusModel", "CensusRules", "CensusStore", "CertificateChain", "DNSLookup", "DomainNames",
                "ProbeEngine", logging, nioPosix,
            ]),
        module("CensusCoordinator", ["CensusModel", "CensusStore", logging]),
        .executableTarget(
            name: "mxcensus",
            dependencies: [
                "CMXAllocator", "CMXOpenSSL", "CensusCoordinator", "CensusLab", "CensusModel", "CensusReport",
                "CensusStore", "CensusWorker", "CertificateChain", "DNSLookup", "DomainNames", "ListImport",
                "PostgresClient", "Preflight", "ProbeEngine", "ScanSimulation", logging, nioPosix,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: strict),

        // The lab internet: a test instrument.
        module(
            "CensusLab",
            [
                "CMXLab", "CMXOpenSSL", "CensusModel", nioCore, nioPosix,
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "X509", package: "swift-certificates"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ]),

        // Tests of pure code.
        tests("CensusModelTests", ["CensusModel"]),
        tests("CensusRulesTests", ["CensusModel", "CensusRules"]),
        tests("CensusReportTests", ["CensusModel", "CensusReport", "ScanSimulation"], fixtures: true),
        tests("ScanSimulationTests", ["CensusModel", "ScanSimulation"]),
        tests("CertificateChainTests", ["CMXOpenSSL", "CensusModel", "CensusRules", "CertificateChain"]),
        tests("DomainNamesTests", ["CensusModel", "DomainNames"]),
        tests("ListImportTests", ["CensusModel", "ListImport"]),
        tests("SMTPProtocolTests", ["CensusModel", "SMTPProtocol"], fixtures: true),

        // Tests against real servers on loopback.
        .target(
            name: "ProbeTestSupport", dependencies: ["CMXOpenSSL"], path: "Tests/ProbeTestSupport",
            swiftSettings: strict),
        tests("TLSProbeTests", ["CMXOpenSSL", "CensusModel", "ProbeTestSupport", "TLSProbe", nioCore]),
        tests(
            "ProbeEngineTests",
            ["CMXOpenSSL", "CensusModel", "ProbeEngine", "ProbeTestSupport", "SMTPProtocol", nioCore, nioPosix]),
        tests("DNSLookupTests", ["CensusModel", "DNSLookup"]),
        tests(
            "PreflightTests",
            [
                "CensusModel", "Preflight", nioCore, nioPosix,
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
            ]),
        .target(
            name: "DatabaseTestSupport", dependencies: ["CensusStore", "PostgresClient"],
            path: "Tests/DatabaseTestSupport", swiftSettings: strict),
        tests("PostgresClientTests", ["DatabaseTestSupport", "PostgresClient"]),
        tests(
            "CensusStoreTests",
            ["CensusModel", "CensusRules", "CensusSQL", "CensusStore", "DatabaseTestSupport", "PostgresClient"]),
        tests("CensusWorkerTests", ["CensusModel", "CensusStore", "CensusWorker"]),
        tests(
            "CensusCoordinatorTests",
            ["CensusCoordinator", "CensusModel", "CensusStore", "DatabaseTestSupport", "PostgresClient", logging]),
        tests("CensusLabTests", ["CensusLab", "CensusModel", nioCore]),

        // What the fuzzers found and are fed with.
        .testTarget(
            name: "FuzzingTests", dependencies: fuzzed, path: "Tests/Fuzzing",
            exclude: ["CMXFuzzer", "Dictionaries", "Driver", "make-certificates", "run"],
            resources: [.copy("Corpus")], swiftSettings: strict),

        // The program as its users run it.
        tests("EndToEndTests", ["mxcensus"]),
    ]
)

// A part of the package, for builds with sanitizers, which share nothing with the usual build (see CONTRIBUTING.md); and
// for Benchmarks/run the program with one target more, in one build: each of two would throw the other's objects away.
switch Context.environment["MXCENSUS_PART"] {
case "bench":
    package.targets.append(
        .executableTarget(
            name: "CensusBenchmark",
            dependencies: [
                "CMXAllocator", "CensusModel", "CensusStore", "CensusWorker", "CertificateChain", "DNSLookup",
                "PostgresClient", "ProbeEngine", nioPosix,
            ],
            path: "Benchmarks/Measured", swiftSettings: strict))
    keep { ["mxcensus", "CensusBenchmark"].contains($0) }
case "fuzz":
    // libFuzzer around the same bodies that `FuzzingTests` replays.
    package.targets.append(contentsOf: [
        .systemLibrary(name: "CMXFuzzer", path: "Tests/Fuzzing/CMXFuzzer"),
        .executableTarget(
            name: "Fuzz", dependencies: ["CMXFuzzer"] + fuzzed, path: "Tests/Fuzzing",
            exclude: ["CMXFuzzer", "Corpus", "Dictionaries", "Replay", "make-certificates", "run"],
            swiftSettings: strict),
    ])
    keep { $0 == "Fuzz" }
case "unit":
    keep { $0.hasSuffix("Tests") && !needs($0, "CensusLab") }
    package.targets.append(
        .target(
            name: "CMXMutexLock", path: "Tests/Support/sanitizers/CMXMutexLock",
            cSettings: [.define("_GNU_SOURCE")]))
    for target in package.targets where target.isTest { target.dependencies.append("CMXMutexLock") }
default: break
}

/// Leaves out all products, and all targets but the wanted ones and what they need.
@MainActor func keep(_ isWanted: (String) -> Bool) {
    let wanted = package.targets.map(\.name).filter(isWanted)
    let needed = package.targets.filter { target in wanted.contains { needs($0, target.name) } }
    package.targets = needed
    package.products = []
}

/// True when `name` is `other` or depends on it, directly or not.
@MainActor func needs(_ name: String, _ other: String) -> Bool {
    if name == other { return true }
    let target = package.targets.first { $0.name == name }
    return target?.dependencies.contains { dependency in
        switch dependency {
        case .byNameItem(let name, _), .targetItem(let name, _): needs(name, other)
        default: false
        }
    } ?? false
}
