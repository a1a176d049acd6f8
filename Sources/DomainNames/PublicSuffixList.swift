import CMXPSL
import CensusModel

/// The public suffix list: under which names the public registers.
///
/// @unchecked: libpsl only reads the list after it was loaded.
public final class PublicSuffixList: @unchecked Sendable {
    /// Where Debian's package `publicsuffix` keeps the compiled list.
    private static let systemFile = "/usr/share/publicsuffix/public_suffix_list.dafsa"

    /// The newer of the system's list and the one that was compiled into libpsl.
    public static let system = PublicSuffixList(psl_latest(systemFile))

    /// `psl_ctx_t *`; nil when libpsl was built without a list and the system has none.
    private let context: OpaquePointer?

    private init(_ context: OpaquePointer?) { self.context = context }

    deinit { psl_free(context) }

    /// The name that was registered, for example `outlook.com` for `x.mail.protection.outlook.com`: one label more
    /// than the public suffix. The name itself when it is a public suffix, or when there is no list at all.
    public func registeredDomain(of name: DomainName) -> String {
        name.text.withCString { text in
            // The result points into `text`.
            psl_registrable_domain(context, text).map { String(cString: $0) } ?? name.text
        }
    }
}
