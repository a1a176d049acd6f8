import Foundation

/// The curves of a run of the weekend benchmark as SVG: what was done, and below it what memory that took.
struct WeekendChart {
    private struct Line {
        let name: String
        let colour: String
        let points: [(time: Double, value: Double)]
    }

    private static let colours = ["#1f6feb", "#2da44e", "#bf3989", "#9a6700"]
    private static let width = 720.0
    private static let panelHeight = 180.0
    private static let left = 60.0

    private let result: WeekendResult

    init(_ result: WeekendResult) { self.result = result }

    var svg: String {
        let resolved = result.samples.map { ($0.elapsed, Double($0.progress.domainsResolved) / result.domains * 100) }
        let probed = result.samples.map { ($0.elapsed, Double($0.progress.targetsDone) / result.targets * 100) }
        let memory = result.groups.enumerated().map { place, name in
            Line(
                name: name, colour: Self.colours[place % Self.colours.count],
                points: result.samples.map { ($0.elapsed, Double($0.usage[place].residentKiB) / 1024) })
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width) + 160) 480" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>
            \(panel("done, %", top: 30, highest: 100, [
                Line(name: "domains resolved", colour: Self.colours[0], points: resolved),
                Line(name: "probes", colour: Self.colours[1], points: probed),
            ]))
            \(panel("memory, MiB", top: 260, highest: memory.flatMap(\.points).map(\.value).max() ?? 1, memory))
            </svg>

            """
    }

    private func panel(_ title: String, top: Double, highest: Double, _ lines: [Line]) -> String {
        let across = { (time: Double) in Self.left + time / max(1, result.seconds) * (Self.width - Self.left) }
        let up = { (value: Double) in top + Self.panelHeight * (1 - value / max(1, highest)) }
        let bottom = top + Self.panelHeight
        var parts = ["<text x=\"\(Self.left)\" y=\"\(top - 10)\" font-weight=\"bold\">\(title)</text>"]
        for step in 0...4 {
            let (time, value) = (result.seconds * Double(step) / 4, highest * Double(step) / 4)
            parts.append(
                """
                <line x1="\(Self.left)" x2="\(Self.width)" y1="\(up(value))" y2="\(up(value))" stroke="#d0d7de"/>
                <text x="\(Self.left - 6)" y="\(up(value) + 4)" text-anchor="end">\(Int(value.rounded()))</text>
                <text x="\(across(time))" y="\(bottom + 16)" text-anchor="middle">\(Int(time.rounded())) s</text>
                """)
        }
        for (place, line) in lines.enumerated() {
            let points = line.points.map { String(format: "%.1f,%.1f", across($0.time), up($0.value)) }
            parts.append(
                """
                <polyline fill="none" stroke="\(line.colour)" stroke-width="2" points="\(points.joined(separator: " "))"/>
                <text x="\(Self.width + 10)" y="\(top + 14 + Double(place) * 18)" fill="\(line.colour)">\(line.name)</text>
                """)
        }
        return parts.joined(separator: "\n")
    }
}
