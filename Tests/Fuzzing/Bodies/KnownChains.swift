import CertificateChain

// Made by `make-certificates`, together with the seeds of the fuzzer.

/// The authority that the fuzzer trusts, and the only certificates that it may find trusted.
enum KnownChains {
    /// Hosts that a trusted certificate names.
    static let hosts = ["mx.example.org"]

    static let trust: TrustStore = {
        do { return try TrustStore(pem: Array(root.utf8)) } catch { preconditionFailure("the root: \(error)") }
    }()

    /// SHA-256 of what was signed (tbsCertificate, RFC 5280 §4.1.1.1) of the leaves below the root.
    static let signed: Set<String> = [
        "f30d672769d6410c840fb4f620a6082fd41ddf513e6a7cb58cc7f72ebdfb40a4",
        "a8ae09e17ee84072c52e4e0282250e5b933624ea24a0f534f6c862d3f5863d48",
        "5e6f64b1ac647a5eb0b89c92f7207a8fbe7a73beb57dd983ada6c1c026099dc6",
        "95515d83d0889fdcc5de366c4d284bef6045f82fc3dcc2204193b8abbadeb0d5",
        "689b752d3fe53603d774355bce8311fe5899065534ed01ebaca0a31ca5f0d213",
        "eba2fb480c679ebfe24a779a317dfeda2c9a2a4ef02ab1a418b46feadf088862",
        "67d1dbcb1127a9ef3d726b3f9734e98cf5f074e7cfbab1def55f87f4cca5c0f1",
        "fcebe1dd5379fcb99d73eeb9edbcfef085916342b7fcfc0594f86159e3daf455",
        "d5106a273d18a3d7c92e50e2ecae0c9106eb9cf635196693c9282b76d2c8544c",
        "b4890bbbb06d9ab269635432cb476742cdd7130973ba37c2cee47ec4b5e53bdf",
        "8562d7c69bf9465116f0a04930c9dff9f88fc812ac58b7f316bf5375ed116fc5",
        "5d2ebeeab044030b6819c09ea647f612c5ea28cda81dc882e051eb9ce15e45f7",
        "7f6069eb877324fc84761ddd2104a3698cde62cea9ce3d675db15d6cc709776e",
        "1998425c6900735f90728a7dac9d7af943631491e50ffb64be11267733ca00cc",
    ]

    private static let root = """
        -----BEGIN CERTIFICATE-----
        MIIBhzCCAS6gAwIBAgIUDO1rE8wrrwOnQa5eO8wwAtD6VKEwCgYIKoZIzj0EAwIw
        ITEQMA4GA1UECgwHRnV6emluZzENMAsGA1UEAwwEcm9vdDAgFw0yNjExMjUwMjI4
        MjhaGA8yMDUxMDcxNzAyMjgyOFowITEQMA4GA1UECgwHRnV6emluZzENMAsGA1UE
        AwwEcm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGAF2iAEUF1taGZgeYuS
        UD69BkdDnd5A+xtAyg5pumqwBMg9WfqUSAyOx+uL1SsU8KEs8L1RBiptFSl334e2
        6uajQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMB0GA1UdDgQW
        BBR5G4TGl85fkBOthPRA4X0WvwFnhTAKBggqhkjOPQQDAgNHADBEAiBC7lSftj69
        W/fvowi21WiMVaSPhBR6WJViBiVxko/JuQIgfZMThG5x9RKzQ6SvnmqNR3AEaW3X
        VUAljvyLrXkZKxc=
        -----END CERTIFICATE-----
        """
}
