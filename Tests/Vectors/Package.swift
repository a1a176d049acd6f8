// swift-tools-version: 6.2
import PackageDescription

// A package of its own: it is run by hand, with vectors that are not part of this repository (docs/vectors.md).
let package = Package(
    name: "Vectors",
    dependencies: [.package(name: "mxcensus", path: "../..")],
    targets: [
        .executableTarget(
            name: "vectors",
            dependencies: [.product(name: "CertificateJudging", package: "mxcensus")],
            swiftSettings: [.swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny")])
    ]
)
