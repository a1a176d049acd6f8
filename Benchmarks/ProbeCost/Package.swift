// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "ProbeCost",
    dependencies: [
        .package(name: "mxcensus", path: "../.."),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    ],
    targets: [
        .executableTarget(
            name: "ProbeCostBenchmark",
            dependencies: [
                .product(name: "ProbeEngine", package: "mxcensus"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")])
    ]
)
