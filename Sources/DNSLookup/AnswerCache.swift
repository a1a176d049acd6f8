/// Remembers the results of questions, the oldest going first when it is full.
///
/// Answers live as long as their TTL says, but at least `least` and at most `most`: a census asks for one host many times
/// within minutes, and one answer for all of them makes a scan consistent. Failures live for `failure`.
struct AnswerCache {
    static let least = Duration.seconds(300)
    static let most = Duration.seconds(3600)
    static let failure = Duration.seconds(60)

    private struct Entry {
        let result: LookupResult
        let expires: ContinuousClock.Instant
    }

    private let capacity: Int
    private var entries: [Question: Entry] = [:]
    /// Questions by age, in a ring of `capacity` places.
    private var order: [Question] = []
    private var oldest = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { entries.count }

    func result(_ question: Question, at now: ContinuousClock.Instant) -> LookupResult? {
        guard let entry = entries[question], entry.expires > now else { return nil }
        return entry.result
    }

    mutating func remember(_ result: LookupResult, for question: Question, at now: ContinuousClock.Instant) {
        guard capacity > 0 else { return }
        let life =
            switch result {
            case .answer(let answer): min(max(.seconds(Int64(answer.ttl)), Self.least), Self.most)
            case .failure: Self.failure
            }
        let isNew = entries.updateValue(Entry(result: result, expires: now + life), forKey: question) == nil
        guard isNew else { return }
        if order.count < capacity {
            order.append(question)
        } else {
            entries[order[oldest]] = nil
            order[oldest] = question
            oldest = (oldest + 1) % capacity
        }
    }
}
