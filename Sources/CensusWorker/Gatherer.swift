/// Holds what comes one by one until somebody takes it many at once.
actor Gatherer<Element: Sendable> {
    private var waiting: [Element] = []
    private var closed = false
    /// So many are worth waking up for.
    private var wanted = 1
    private var wake: CheckedContinuation<Void, Never>?

    func append(_ element: Element) {
        waiting.append(element)
        if waiting.count >= wanted { resume() }
    }

    /// Nothing more will come.
    func close() {
        closed = true
        resume()
    }

    /// Everything gathered, up to `limit`: waits for the first, and from then on for a `moment` at most unless there are as many
    /// or no more will come. Nil after `close` when nothing is left. Only one task may ask.
    func next(atMost limit: Int, within moment: Duration) async -> [Element]? {
        while waiting.isEmpty {
            if closed { return nil }
            await wait(for: 1)
        }
        let timer = Task {
            try await Task.sleep(for: moment)
            resume()
        }
        await wait(for: limit)
        timer.cancel()
        let batch = Array(waiting.prefix(limit))
        waiting.removeFirst(batch.count)
        return batch
    }

    /// May return early: a timer that has been cancelled can be on its way.
    private func wait(for count: Int) async {
        guard waiting.count < count, !closed else { return }
        wanted = count
        await withCheckedContinuation { wake = $0 }
    }

    private func resume() {
        wake?.resume()
        wake = nil
    }
}
