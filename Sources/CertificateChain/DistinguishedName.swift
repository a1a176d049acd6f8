import CMXOpenSSL
import CensusModel

/// Distinguished names as text: the form of RFC 4514, most specific part first (`CN=mx.example.org,O=Example`),
/// with the escapes of `EscapedText` for anything that could harm a terminal.
enum DistinguishedName {
    /// The whole name. Empty when the name is.
    static func text(_ name: OpaquePointer?) -> String {
        var result = ""
        var previousSet: Int32?
        for index in (0..<X509_NAME_entry_count(name)).reversed() {
            guard let entry = X509_NAME_get_entry(name, index) else { continue }
            let set = X509_NAME_ENTRY_set(entry)
            if let previousSet { result += set == previousSet ? "+" : "," }
            previousSet = set
            result += attributeName(X509_NAME_ENTRY_get_object(entry)) + "="
            result += quoted(value(X509_NAME_ENTRY_get_data(entry)))
        }
        return result
    }

    /// The most specific attribute of kind `nid`; nil when there is none.
    static func last(_ nid: Int32, of name: OpaquePointer?) -> String? {
        var found: String?
        var index = X509_NAME_get_index_by_NID(name, nid, -1)
        while index >= 0 {
            found = value(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)))
            index = X509_NAME_get_index_by_NID(name, nid, index)
        }
        return found
    }

    /// `EscapedText.escape` with a short cut for the plain ASCII that nearly all names are.
    static func escaped(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        if bytes.allSatisfy({ (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }) {
            return String(decoding: bytes, as: UTF8.self)
        }
        return EscapedText.escape(bytes)
    }

    private static func attributeName(_ object: OpaquePointer?) -> String {
        let nid = OBJ_obj2nid(object)
        if nid != NID_undef, let name = OBJ_nid2sn(nid) { return String(cString: name) }
        return objectName(object)
    }

    /// The string in UTF-8 whatever its ASN.1 type; its raw bytes when it cannot be converted.
    private static func value(_ string: UnsafePointer<ASN1_STRING>?) -> String {
        guard let string else { return "" }
        var converted: UnsafeMutablePointer<UInt8>?
        let length = ASN1_STRING_to_UTF8(&converted, string)
        if length >= 0, let converted {
            defer { cmx_openssl_free(converted) }
            return escaped(UnsafeBufferPointer(start: converted, count: Int(length)))
        }
        return escaped(
            UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
    }

    /// RFC 4514 §2.4. `EscapedText` has already doubled the backslashes, as that section asks too.
    private static func quoted(_ value: String) -> String {
        guard value.utf8.contains(where: { #",+"<>;=# "#.utf8.contains($0) }) else { return value }
        var result = ""
        for (index, character) in value.unicodeScalars.enumerated() {
            let isEdge = index == 0 || index == value.unicodeScalars.count - 1
            if #",+"<>;"#.unicodeScalars.contains(character) || (character == " " && isEdge)
                || (character == "#" && index == 0)
            {
                result += "\\"
            }
            result.unicodeScalars.append(character)
        }
        return result
    }
}
