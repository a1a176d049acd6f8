import CensusModel
import CensusStore
import Foundation
import PostgresClient

/// What people ask of a scan that has ended. Writes two lines: milliseconds of the study's summary, and of a failure breakdown
/// over all result rows; each the median of several times, the first of which found nothing in memory that was not there already.
struct QueriesPart {
    /// Where the database is comes from libpq's environment.
    private let settings = ConnectionSettings(keywords: [:])
    let breakdown: String
    let rounds: Int

    /// The views that show the study's figures in psql.
    private static let views = [
        "SELECT * FROM census.scan_summary WHERE scan_id = 1",
        "SELECT * FROM census.failure_breakdown WHERE scan_id = 1 ORDER BY hosts DESC",
        "SELECT * FROM census.provider_support WHERE scan_id = 1 ORDER BY volume DESC, hosts DESC, provider LIMIT 20",
    ]

    /// `BREAKDOWN.sql ROUNDS`: about the scan number 1.
    init(_ arguments: inout Arguments) throws {
        breakdown = try String(contentsOfFile: try arguments.next("BREAKDOWN.sql"), encoding: .utf8)
        rounds = try arguments.next("ROUNDS")
    }

    func run() async throws {
        let store = try await Store.open(settings)
        let connection = try await Connection.connect(settings)
        var summary: [Double] = []
        var adHoc: [Double] = []
        for _ in 0..<rounds {
            summary.append(
                try await milliseconds {
                    guard try await !store.summary(1).outcomes.isEmpty else { throw Failure("the summary is empty") }
                    for view in Self.views {
                        guard try await !connection.query(view).isEmpty else { throw Failure("no rows: \(view)") }
                    }
                })
            adHoc.append(
                try await milliseconds {
                    guard try await !connection.query(breakdown).isEmpty else { throw Failure("no failures") }
                })
        }
        print(summary.median)
        print(adHoc.median)
        await connection.close()
        await store.close()
    }

    private func milliseconds(_ body: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await body()
        return (ContinuousClock.now - start) / .milliseconds(1)
    }
}
