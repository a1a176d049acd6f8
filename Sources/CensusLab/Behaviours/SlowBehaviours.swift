// Hosts that are patient, and hosts that try the patience of the client.
extension Behaviour {
    static let slowFamily = [
        greetingVerySlow, postscreen, greetingPortions, greetingDrip, greetingDripEndless, slowReplies, tarpit,
        tarpitStartTLS,
    ]

    static let greetingVerySlow = Behaviour(
        "greeting-very-slow", "As `trusted`, but greets only after a long pause.",
        reference: "RFC 5321 §4.5.3.2.1", advice: "Wait for up to five minutes, and stay silent until then.",
        expect: .session(.trusted, verified: true), script: .greeting(.pause(.verySlow), .banner))

    static let postscreen = Behaviour(
        "postscreen", "Sends the first line of its greeting, waits, and sends the rest; who talks before is sent away.",
        reference: "RFC 5321 §4.3.1", advice: "The greeting goes on until a line without hyphen: say nothing before.",
        expect: .session(.trusted, verified: true),
        script: .greeting(
            .reply("220-%h ESMTP"), .guardedPause(.slow, "554 5.5.0 %h Error: talked before its turn"),
            .reply("220 %h ESMTP")))

    static let greetingPortions = Behaviour(
        "greeting-portions", "Sends a greeting of several lines in portions that end anywhere, with pauses.",
        reference: "RFC 5321 §4.2.1", advice: "A reply is what lies between line ends, not what one read returns.",
        expect: .session(.trusted, verified: true),
        script: .greeting(
            .text("22"), .pause(.portion), .text("0-%h ESMTP\r"), .pause(.portion), .text("\n220"), .pause(.portion),
            .text("-No mail for anybody\r\n220 "), .pause(.portion), .text("welcome\r\n")))

    static let greetingDrip = Behaviour(
        "greeting-drip", "Sends its greeting one byte after the other, and comes to an end.",
        reference: "RFC 5321 §4.5.3.2.1", advice: "A whole greeting within the deadline is a greeting.",
        expect: .session(.trusted, verified: true), script: .greeting(.drip("220 ok\r\n")))

    static let greetingDripEndless = Behaviour(
        "greeting-drip-endless", "Sends a greeting one byte after the other that never ends.",
        reference: "RFC 5321 §4.5.3.2.1",
        advice: "Not seen: the deadline is for the whole greeting, not for each byte.",
        expect: .outcome(.greetingTimeout, conclusive: false),
        script: .greeting(.dripForever("220-%h is about to be with you, have a moment's patience\r\n")))

    static let slowReplies = Behaviour(
        "slow-replies", "As `trusted`, with a pause before each reply.",
        reference: "RFC 5321 §4.5.3.2", advice: "Each reply has a deadline of minutes.",
        expect: .session(.trusted, verified: true),
        script: Script(
            ehlo: [.pause(.portion), .capabilities(.offered)],
            starttls: [.pause(.portion), .reply("220 2.0.0 Ready to start TLS"), .startTLS],
            ehloUnderTLS: [.pause(.portion), .capabilities(.absent)]))

    static let tarpit = Behaviour(
        "tarpit", "Greets, then answers EHLO one byte after the other without end.",
        reference: "RFC 5321 §4.5.3.2", advice: "Not seen: a tarpit is about the client. Come back later.",
        expect: .outcome(.stalled, conclusive: false), script: Script(ehlo: [.dripForever("250-SIZE 10240000\r\n")]))

    static let tarpitStartTLS = Behaviour(
        "tarpit-starttls", "Offers STARTTLS and answers it one byte after the other without end.",
        reference: "RFC 5321 §4.5.3.2", advice: "Offered and not seen: a tarpit is about the client.",
        expect: .outcome(.stalled, conclusive: false, starttls: true),
        script: Script(starttls: [.dripForever("220-2.0.0 Getting ready\r\n")]))
}
