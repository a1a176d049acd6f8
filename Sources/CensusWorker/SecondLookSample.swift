import CensusModel

/// Which hosts are asked once more without SNI: a share of all names, the same names in every scan, and with a larger share
/// those of the smaller one among them.
public enum SecondLookSample {
    /// True when `host` is in the sample of `share` (0…1; nil is none).
    public static func contains(_ host: DomainName, share: Double?) -> Bool {
        guard let share, share > 0 else { return false }
        return HashedPlace.of(host.text) < share
    }

    /// Worth asking again: the host showed a certificate, and the look at it was conclusive.
    public static func isWorthwhile(_ observation: ProbeObservation, _ verdict: ProbeVerdict) -> Bool {
        observation.tls != nil && !observation.chain.isEmpty && verdict.conclusive
    }
}

/// Puts names into an order that has nothing to do with them, the same in every process.
enum HashedPlace {
    /// The place of a name, 0..<1: FNV-1a, then the finalizer of SplitMix64, since FNV alone spreads short names badly in its
    /// upper bits.
    static func of(_ name: String) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ (hash >> 30)) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ (hash >> 27)) &* 0x94d0_49bb_1331_11eb
        return Double((hash ^ (hash >> 31)) >> 11) / Double(1 << 53)
    }
}
