// Hosts to which no connection comes about. The farm has no part in these: their addresses do it.
extension Behaviour {
    static let connectFamily = [refused, dropped, unreachable]

    static let refused = Behaviour(
        "refused", "Nothing listens (the address is ::1, where the farm never listens).",
        reference: "RFC 9293 §3.10.7.1", advice: "Certain: no mail server here.",
        expect: .outcome(.refused), reach: .refused)

    static let dropped = Behaviour(
        "dropped", "Connection requests are dropped without an answer.",
        reference: "RFC 5321 §4.5.3.2", advice: "Not seen: a firewall, or a dead host.",
        expect: .outcome(.connectTimeout, conclusive: false), reach: .dropped)

    static let unreachable = Behaviour(
        "unreachable", "The network of the address cannot be reached.",
        reference: "RFC 1122 §4.2.3.9", advice: "Not seen: no route from here.",
        expect: .outcome(.unreachable, conclusive: false), reach: .unreachable)
}
