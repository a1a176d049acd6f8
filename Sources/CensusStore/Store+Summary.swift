import CensusModel
import CensusSQL
import PostgresClient

extension Store {
    /// The summary of a scan, from its latest roll-up: all figures of one moment. Empty before the first roll-up.
    ///
    /// - Parameter providers: how many of the largest providers.
    /// - Throws: `StoreError`, also when there is no such scan.
    public func summary(_ scan: Int64, providers: Int = 20) async throws -> ScanSummary {
        try await translatingErrors {
            try await self.pool.transaction(.snapshot, attempts: 5) { connection in
                try await Self.readSummary(connection, scan: scan, providers: Int64(providers))
            }
        }
    }

    /// Bytes of the whole database on disk, with indexes, without write-ahead log.
    ///
    /// - Throws: `StoreError`.
    public func databaseSize() async throws -> Int64 { try await number(EmbeddedSQL.databaseSize) }

    private static func readSummary(_ connection: Connection, scan: Int64, providers: Int64) async throws -> ScanSummary
    {
        let id = Parameter.scan(scan)
        func rows(_ sql: String, _ more: Parameter...) async throws -> Rows {
            try await connection.query(sql, [id] + more)
        }
        let infos = try await connection.query(
            EmbeddedSQL.scans,
            [Parameter(String?.none), id, Parameter(false), Parameter(String?.none), Parameter(Int64(1))])
        guard let info = infos.first else { throw noScan(scan) }
        return ScanSummary(
            scan: try scanInfo(info),
            statuses: try await rows(EmbeddedSQL.summaryDomainStatuses).map { row in
                var row = row
                return .init(status: try row.nextCode("domain status"), domains: try row.next(), volume: try row.next())
            },
            hostStatuses: try await rows(EmbeddedSQL.summaryHostStatuses).map { row in
                var row = row
                return .init(status: try row.nextCode("host status"), weights: try row.nextWeights())
            },
            outcomes: try await rows(EmbeddedSQL.summaryOutcomes).map { row in
                var row = row
                return .init(
                    outcome: try row.nextCode("outcome"), conclusive: try row.next(), starttls: try row.nextOptional(),
                    weights: try row.nextWeights())
            },
            findings: try await rows(EmbeddedSQL.summaryFindings).map { row in
                var row = row
                return .init(finding: try row.nextCode("finding"), weights: try row.nextWeights())
            },
            verdicts: try await rows(EmbeddedSQL.summaryVerdicts).map { row in
                var row = row
                return .init(verdict: try row.nextCode("verdict"), domains: try row.next(), volume: try row.next())
            },
            providers: try await rows(EmbeddedSQL.summaryProviders, Parameter(providers)).map { row in
                var row = row
                return .init(
                    provider: try row.next(), weights: try row.nextWeights(),
                    commonestOutcome: try row.nextOptionalCode("outcome"), starttlsHosts: try row.next(),
                    trustedHosts: try row.next())
            },
            secondLooks: try await rows(EmbeddedSQL.summarySecondLooks).map { row in
                var row = row
                return .init(result: try row.nextCode("second look"), weights: try row.nextWeights())
            },
            looks: try await rows(EmbeddedSQL.summaryLooks).map { row in
                var row = row
                return .init(source: try row.nextCode("source of results"), weights: try row.nextWeights())
            })
    }
}

extension Row {
    /// The next three columns.
    fileprivate mutating func nextWeights() throws -> Weights {
        Weights(hosts: try next(), domains: try next(), volume: try next())
    }
}
