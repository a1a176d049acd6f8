import DatabaseTestSupport
import Foundation
import Testing

@testable import CensusStore

@Suite("Example queries")
struct ExampleTests {
    @Test("Every query in sql/examples runs in psql, with and without a scan named")
    func all() async throws {
        try await withStore { store in
            let scan = try await SmallWorld.scan(store)
            #expect(try await store.finishIfComplete(scan.id))
            let psql = try await TestServer.binDirectory() + "/psql"
            let files = try FileManager.default.contentsOfDirectory(atPath: sqlFolder.path + "/examples").sorted()
            #expect(files.count > 5)
            for file in files {
                let arguments = ["-X", "-v", "ON_ERROR_STOP=1", "-f", sqlFolder.path + "/examples/" + file]
                let latest = try await run(psql, arguments, store.settings)
                let named = try await run(psql, ["-v", "scan=\(scan.id)"] + arguments, store.settings)
                #expect(latest == named, "\(file)")
            }
            let study = try await run(
                psql, ["-X", "-A", "-t", "-f", sqlFolder.path + "/examples/study_table.sql"], store.settings)
            #expect(study.split(separator: "\n").sorted() == ["expired|1|50.0|1|10", "name mismatch|1|50.0|2|70"])
        }
    }
}
