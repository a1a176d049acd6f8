import NIOConcurrencyHelpers
import NIOCore
import NIOSSL

/// Server contexts, the least recently used ones forgotten: memory does not grow with the number of hosts.
final class ContextCache: Sendable {
    struct Key: Hashable, Sendable {
        let kind: CertificateKind
        let subject: CertificateSubject
        let shape: SessionShape
    }

    /// A context of one library or the other.
    enum Context: Sendable {
        case boringSSL(NIOSSLContext)
        case openSSL(OpenSSLServerContext)

        /// A fresh handler for one connection.
        func handler() throws -> any ChannelHandler {
            switch self {
            case .boringSSL(let context): NIOSSLServerHandler(context: context)
            case .openSSL(let context): try OpenSSLServerHandler(context)
            }
        }
    }

    private let world: LabWorld
    private let mint: CertificateMint
    private let recent: NIOLockedValueBox<RecentlyUsed<Key, Context>>

    init(world: LabWorld, mint: CertificateMint, capacity: Int) {
        self.world = world
        self.mint = mint
        recent = NIOLockedValueBox(RecentlyUsed(capacity: capacity))
    }

    /// The context for a subject; made at the first call. Throws what minting, BoringSSL or OpenSSL throws.
    func context(for key: Key) throws -> Context {
        if let known = recent.withLockedValue({ $0.value(for: key) }) { return known }
        let made = try make(key)
        recent.withLockedValue { $0.insert(made, for: key) }
        return made
    }

    /// The chain alone, for hosts that show it without TLS behind it.
    func chain(_ kind: CertificateKind, for subject: CertificateSubject) throws -> [[UInt8]] {
        try mint.mint(world.certificateOrder(kind, for: subject)).certificates
    }

    private func make(_ key: Key) throws -> Context {
        let minted = try mint.mint(world.certificateOrder(key.kind, for: key.subject))
        let needsOpenSSL = key.shape.needsOpenSSL || key.kind.key != .p256 || minted.staple != nil
        return needsOpenSSL
            ? .openSSL(try OpenSSLServerContext(minted, key.shape)) : .boringSSL(try boringSSL(minted, key.shape))
    }

    private func boringSSL(_ minted: MintedChain, _ shape: SessionShape) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try minted.certificates.map {
                .certificate(try NIOSSLCertificate(bytes: $0, format: .der))
            },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: minted.key, format: .der)))
        switch shape.versions {
        case .modern: configuration.minimumTLSVersion = .tlsv12
        case .tls12: (configuration.minimumTLSVersion, configuration.maximumTLSVersion) = (.tlsv12, .tlsv12)
        case .tls11: (configuration.minimumTLSVersion, configuration.maximumTLSVersion) = (.tlsv11, .tlsv11)
        case .tls10: (configuration.minimumTLSVersion, configuration.maximumTLSVersion) = (.tlsv1, .tlsv1)
        }
        // The default has no suite that TLS 1.0 and 1.1 could use.
        if shape.versions == .tls10 || shape.versions == .tls11 { configuration.cipherSuites = "ALL" }
        return try NIOSSLContext(configuration: configuration)
    }
}

/// A bounded map that forgets what was not used for longest: a dictionary into a doubly linked list of slots.
struct RecentlyUsed<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Slot: Sendable {
        var key: Key
        var value: Value
        var newer: Int
        var older: Int
    }

    private static var none: Int { -1 }
    private let capacity: Int
    private var places: [Key: Int] = [:]
    private var slots: [Slot] = []
    private var newest = -1
    private var oldest = -1

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var count: Int { slots.count }

    /// The value of `key`, which becomes the newest.
    mutating func value(for key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        unlink(place)
        linkNewest(place)
        return slots[place].value
    }

    mutating func insert(_ value: Value, for key: Key) {
        if let place = places[key] {
            slots[place].value = value
            unlink(place)
            return linkNewest(place)
        }
        if slots.count < capacity {
            slots.append(Slot(key: key, value: value, newer: Self.none, older: Self.none))
            places[key] = slots.count - 1
            return linkNewest(slots.count - 1)
        }
        let place = oldest
        unlink(place)
        places[slots[place].key] = nil
        slots[place].key = key
        slots[place].value = value
        places[key] = place
        linkNewest(place)
    }

    private mutating func unlink(_ place: Int) {
        let (newer, older) = (slots[place].newer, slots[place].older)
        if newer == Self.none { newest = older } else { slots[newer].older = older }
        if older == Self.none { oldest = newer } else { slots[older].newer = newer }
    }

    private mutating func linkNewest(_ place: Int) {
        slots[place].newer = Self.none
        slots[place].older = newest
        if newest == Self.none { oldest = place } else { slots[newest].newer = place }
        newest = place
    }
}
