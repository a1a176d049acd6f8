extension BlockingText {
    /// All phrases. The examples are replies seen in the field or in the source of the server named, addresses and
    /// host names replaced; `general` marks words that many servers use in texts of their own.
    public static let phrases: [Phrase] = reputation + rate + identity + policy

    private static let general = "general"

    static let reputation = [
        Phrase(
            "reputation", "Cisco Email Security (IronPort)",
            "554 Your access to this mail system has been rejected due to the sending MTA's poor reputation."),
        Phrase(
            "blocked", "Postfix reject_rbl_client",
            "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
        Phrase("block list", "Outlook.com", "550 SC-001 … part of their network is on our block list (S3150)."),
        Phrase("blocklist", "Microsoft 365", "550 5.7.1 Service unavailable; Client host blocked using Blocklist 1"),
        Phrase("blacklist", general, "550 Rejected because 192.0.2.1 is in a blacklist at bl.example.net"),
        Phrase(
            "black list", "GMX, WEB.DE, IONOS",
            "554-gmx.net Nemesis ESMTP Service not available / No SMTP service / IP address is black listed."),
        Phrase("listed in", general, "550 5.7.1 192.0.2.1 listed in bl.example.net"),
        Phrase("listed at", "Exim dnslists", "550 192.0.2.1 is listed at bl.example.net"),
        Phrase("dnsbl", "Comcast", "554 imta07.example.net comcast 192.0.2.1 found on one or more DNSBLs"),
        Phrase("rbl", general, "554 rejected due to RBL restriction"),
        Phrase("spamhaus", "rblsmtpd", "553 https://www.spamhaus.org/sbl/query/SBL1"),
        Phrase("spam", "Free (France)", "421 Too many spams from your IP (192.0.2.1)"),
        Phrase("unsolicited", "Gmail", "421 4.7.0 Our system has detected an unusual rate of unsolicited mail"),
        Phrase("abuse", "Comcast", "554 192.0.2.1 Blocked for abuse"),
        Phrase("banned", "Microsoft 365", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]"),
        Phrase("complaints", "Yahoo", "421 4.7.0 [TSS04] … temporarily deferred due to user complaints"),
        Phrase("deferred", "Yahoo", "421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred"),
        Phrase(
            "(bl)", "Deutsche Telekom", "554 IP=192.0.2.1 - A problem occurred. (Ask your postmaster for help) (BL)"),
        Phrase("senderbase", "Cisco Email Security", "550 SBRS score too low: http://www.senderbase.org/"),
    ]

    static let rate = [
        Phrase("too many", "Postfix smtpd", "421 4.7.0 mx.example.net Error: too many connections from 192.0.2.1"),
        Phrase("too fast", general, "550 sending too fast"),
        Phrase("rate limit", "sendmail", "421 4.3.2 Connection rate limit exceeded."),
        Phrase("ratelimit", "Exim ratelimit", "450 ratelimit overlimit"),
        Phrase("unusual rate", "Gmail", "421 4.7.28 … has detected an unusual rate of mail from your network"),
        Phrase("exceeded", "Outlook.com", "421 RP-001 … exceeded the limit of connections"),
        Phrase("throttl", general, "421 throttled"),
        Phrase(
            "slow down", "Orange (France)", "421 ME Trop de connexions. Too many connections, slow down. OFR004_104"),
        Phrase("try again", "Gmail", "421 4.7.0 Try again later, closing connection."),
        Phrase("try later", general, "554 Service unavailable, try later"),
        Phrase("greylist", "Postgrey", "450 4.2.0 Greylisted, see http://postgrey.schweikert.ch/help/"),
        Phrase("graylist", general, "451 Graylisting in action"),
        Phrase("temporar", "sendmail", "451 4.3.0 Temporary system failure. Please try again later."),
        Phrase("busy", "Postfix postscreen", "421 4.3.2 All server ports are busy"),
        Phrase("overload", general, "421 server overloaded"),
    ]

    private static let identity = [
        Phrase("reverse", "Comcast", "421 Reverse DNS failure: Try again later"),
        Phrase("rdns", "AOL", "421 (RTR:RDNS) rDNS required"),
        Phrase("ptr", "GMX, WEB.DE, IONOS", "554-No SMTP service / Bad DNS PTR resource record."),
        Phrase("dynamic", "AOL", "421 (DYN:T1) dynamic address"),
        Phrase("your ip", "Gmail", "550 5.7.1 The IP you're using … your IP address"),
        Phrase("your host", "Cisco Email Security", "421 #4.4.5 Too many connections to this listener from your host."),
        Phrase("ip=", "Deutsche Telekom", "554 IP=192.0.2.1 - None/bad reputation."),
    ]

    private static let policy = [
        Phrase("5.7.", "RFC 3463 §3.8, security or policy", "554 5.7.1 No"),
        Phrase("4.7.", "RFC 3463 §3.8, security or policy", "554 4.7.1 No"),
        Phrase("policy", "MessageLabs", "501 Connection rejected by policy [7.7] 22613"),
        Phrase("denied", "qmail-ldap", "550 Sorry, your message has been administratively denied. (#5.7.1)"),
        Phrase("prohibit", "Exim acl_smtp_connect", "550 Administrative prohibition"),
        Phrase("rejected", general, "554 connection rejected"),
        Phrase("connection refused", general, "554 connection refused"),
        Phrase("not allowed", general, "550 this host is not allowed to connect"),
        Phrase("not authorized", general, "550 client not authorized"),
        Phrase("not permitted", general, "550 connection not permitted"),
        Phrase("not accepting messages", "sendmail greet_pause", "554 mx.example.net not accepting messages"),
        Phrase("synchronization error", "Exim", "554 SMTP synchronization error"),
        Phrase("protocol error", "Postfix postscreen", "521 5.5.1 Protocol error"),
        Phrase("go away", "qmail-ldap 550GREETING", "550 Go away!"),
    ]
}
