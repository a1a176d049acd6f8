// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that only who measures needs the benchmark library.
let package = Package(
    name: "HotFunctions",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "mxcensus", path: "../.."),
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "HotFunctions",
            dependencies: [
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "HotModules", package: "mxcensus"),
            ],
            path: "Benchmarks/HotFunctions",
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")],
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
