/// How a healthy host words its banner and its EHLO reply: like servers in the field, by the style of its provider.
enum Dialect {
    /// The greeting, without its last line end.
    static func banner(_ host: String, style: Int) -> String {
        switch style % 6 {
        case 0: "220 \(host) ESMTP Postfix (Debian/GNU)"
        case 1: "220 \(host) ESMTP Exim 4.96 ready"
        case 2: "220 \(host) Microsoft ESMTP MAIL Service ready"
        case 3: "220-\(host) ESMTP\r\n220-No unsolicited mail.\r\n220 Connections are logged."
        case 4: "220 \(host) ESMTP Sendmail 8.17.1/8.17.1"
        default: "220 \(host)"
        }
    }

    /// The EHLO reply, without its last line end.
    static func capabilities(_ host: String, style: Int, _ mention: STARTTLSMention) -> String {
        let own: [String] =
            switch mention {
            case .offered: [style % 7 == 3 ? "StartTLS" : "STARTTLS"]
            case .masked(let keyword): [keyword]
            case .lines(let lines): lines
            case .absent: []
            }
        let lines = [greeting(host, style)] + keywords(style, own)
        return lines.enumerated().map { "250\($0 == lines.count - 1 ? " " : "-")\($1)" }.joined(separator: "\r\n")
    }

    private static func greeting(_ host: String, _ style: Int) -> String {
        switch style % 3 {
        case 0: host
        case 1: "\(host) Hello, pleased to meet you"
        default: "\(host) at your service"
        }
    }

    private static func keywords(_ style: Int, _ middle: [String]) -> [String] {
        switch style % 6 {
        case 0: ["PIPELINING", "SIZE 10240000", "VRFY", "ETRN"] + middle + ["ENHANCEDSTATUSCODES", "8BITMIME", "DSN"]
        case 1: ["SIZE 52428800", "8BITMIME", "PIPELINING", "CHUNKING"] + middle + ["HELP"]
        case 2: ["SIZE 157286400", "PIPELINING", "DSN"] + middle + ["8BITMIME", "BINARYMIME", "CHUNKING"]
        case 3: middle + ["size 20971520", "8bitmime", "AUTH LOGIN PLAIN", "AUTH=LOGIN PLAIN"]
        case 4: ["ENHANCEDSTATUSCODES", "PIPELINING", "EXPN", "VERB", "8BITMIME", "SIZE"] + middle
        default: middle
        }
    }
}
