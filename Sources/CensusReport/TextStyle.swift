/// How text is laid out for a reader.
public struct TextStyle: Hashable, Sendable {
    /// Columns of the terminal. Values under 40 are taken as 40.
    public var width: Int
    /// Bold, dim and a few colours by ANSI sequences. Text without colour has no escape character at all.
    public var colour: Bool

    /// A style for a terminal of `width` columns.
    public init(width: Int = 80, colour: Bool = false) {
        self.width = max(width, 40)
        self.colour = colour
    }

    enum Face: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    /// `text` in a face when colour is on. Apply after padding: the sequences have no width.
    func paint(_ text: String, _ face: Face) -> String {
        colour && !text.isEmpty ? "\u{1b}[\(face.rawValue)m\(text)\u{1b}[0m" : text
    }
}
