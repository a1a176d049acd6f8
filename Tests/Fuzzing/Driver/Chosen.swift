#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

enum Chosen {
    /// The target that the environment names. Without one the program says which there are, and ends.
    static let target: FuzzTarget = {
        if let name = getenv("MXCENSUS_FUZZ"), let target = FuzzTarget(rawValue: String(cString: name)) {
            return target
        }
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
        complain("set MXCENSUS_FUZZ to one of: \(names)")
        exit(2)
    }()
}

/// What libFuzzer calls. It has the name that libFuzzer's own main, which is linked and not used, asks for.
@_cdecl("LLVMFuzzerTestOneInput")
func oneInput(_ data: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    do {
        try Chosen.target.run(Array(UnsafeBufferPointer(start: data, count: size)))
    } catch {
        // What libFuzzer takes for a crash.
        complain("broken promise of \(Chosen.target.rawValue): \(error)")
        abort()
    }
    return 0
}

func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(STDERR_FILENO, line, line.count)
}
