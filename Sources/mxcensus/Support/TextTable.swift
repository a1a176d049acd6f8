import CensusModel

/// Columns for a terminal. Text of others is escaped: it may come from the network.
struct TextTable {
    private let header: [String]
    private let rows: [[String]]
    private let rightAligned: Set<Int>

    /// - Parameter rightAligned: places of the columns with numbers, from 0.
    init(_ header: [String], _ rows: [[String]], rightAligned: Set<Int> = []) {
        self.header = header
        self.rows = rows.map { $0.map { EscapedText.escape($0.utf8) } }
        self.rightAligned = rightAligned
    }

    /// The whole table, each line with its end.
    var text: String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].unicodeScalars.count }.max() ?? 0
        }
        return ([header] + rows).map { line($0, widths) }.joined()
    }

    private func line(_ cells: [String], _ widths: [Int]) -> String {
        let padded = cells.indices.map { column in
            let space = String(repeating: " ", count: max(0, widths[column] - cells[column].unicodeScalars.count))
            return rightAligned.contains(column) ? space + cells[column] : cells[column] + space
        }
        var line = padded.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line + "\n"
    }
}
