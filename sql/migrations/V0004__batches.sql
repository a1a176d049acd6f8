-- Work and who has it.
--
-- TERMS
--   batch     The unit of work that is leased: a resolve batch (a range of domain ids) or a lane (one network, with all
--             probe targets in it). Both have the same life.
--   worker    One incarnation of a worker process. A process that restarts, or that lost touch, registers anew and gets
--             a new number: a reused name hides nothing.
--   lease     A batch in state `leased`, held by one worker. It stands until it is completed, handed back, or taken
--             back. Time alone ends no lease; it only allows others to take it back.
--   lease_until  When a worker's leases may be taken back, by the database's clock. One heartbeat renews all of them.
--   fence     Fencing token: grows by one with each lease of the batch. Whoever completes a batch names the token that
--             the lease gave; with another one nothing is written.
--
-- LIFE OF A BATCH
--
--            plan_probes adds targets
--                 ┌─────────────┐
--                 ▼             │
--     ┌──────▶ ready ───lease──▶ leased ──complete, nothing left──▶ idle (lane), done (resolve batch)
--     │          ▲                │ │ │                               │
--     │          └─complete, some─┘ │ │                               │ plan_probes (lane only)
--     │             targets left    │ │                               ▼
--     │                             │ │                             ready
--     ├───release_worker────────────┘ │
--     └───reap_expired, fail_resolve──┴──after 5 in a row──▶ dead (last_error kept)
--
-- WHAT CANNOT HAPPEN
--   * Two holders of one batch: a lease is an UPDATE of its row from `ready`, under the row's lock.
--   * A result twice, or of a lost lease: completion locks the batch's row, compares state, worker and fence, and writes
--     results and the batch's end in one transaction. After a lease is taken back, state or fence differ for ever.
--   * A host with two final results: probe_result_final. With two targets: probe_target's and probe_queue's keys.
--   * Deadlock: every transaction locks in the same order: batches by id, then hosts by name, certificates by
--     fingerprint, chains by their certificates. Leasing and reaping skip locked rows instead of waiting.
--   * A batch that kills every worker that touches it: after 5 leases in a row without a result it is dead.
--
-- WHAT CAN HAPPEN
--   * A worker that is paused for longer than its lease, then goes on: its completion is refused. It may have sent
--     packets meanwhile, which the database cannot stop: so a worker stops by its own monotonic clock before
--     lease_until, and a lane that was taken back rests for the scan's reclaim_gap.
--   * A heartbeat that comes after lease_until but before anybody took the leases back: it renews them. Nobody else
--     has had them.
--   * A lease that the worker never learnt of, because the connection broke after the commit: the worker's next lease
--     call names the request it had no answer to, and those batches go back first.
--   * A completion whose answer was lost: repeated, it is refused as lost. The first one took effect.
--
-- All of this relies on synchronous_commit = on: with it off, a crash of the server could issue a fence number twice.

CREATE TABLE census.worker (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  state text COLLATE "C" NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired', 'lost')),
  lease_length interval NOT NULL CHECK (lease_length > interval '0'),
  lease_until timestamptz NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz,
  CHECK ((state = 'active') = (ended_at IS NULL))
) WITH (fillfactor = 50);
CREATE INDEX worker_active ON census.worker (id) WHERE state = 'active';
COMMENT ON TABLE census.worker IS 'Incarnations of workers.';
COMMENT ON COLUMN census.worker.id IS 'Number of the incarnation, never used again.';
COMMENT ON COLUMN census.worker.name IS 'For people: host and process.';
COMMENT ON COLUMN census.worker.state IS 'active; retired: it handed everything back; lost: its leases were taken back.';
COMMENT ON COLUMN census.worker.lease_length IS 'How long its leases last without a heartbeat.';
COMMENT ON COLUMN census.worker.lease_until IS 'After this moment its leases may be taken back.';
COMMENT ON COLUMN census.worker.registered_at IS 'When it began.';
COMMENT ON COLUMN census.worker.ended_at IS 'When it was retired or lost; NULL while active.';

CREATE TABLE census.resolve_batch (
  scan_id integer NOT NULL,
  id integer NOT NULL,
  first_domain bigint NOT NULL,
  last_domain bigint NOT NULL CHECK (last_domain >= first_domain),
  state text COLLATE "C" NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'leased', 'done', 'dead')),
  ready_at timestamptz NOT NULL DEFAULT now(),
  worker_id bigint,
  fence bigint NOT NULL DEFAULT 0,
  request bigint,
  attempts smallint NOT NULL DEFAULT 0,
  last_error text,
  PRIMARY KEY (scan_id, id),
  CHECK ((state = 'leased') = (worker_id IS NOT NULL)),
  CHECK ((state = 'leased') = (request IS NOT NULL)),
  CHECK (state <> 'dead' OR last_error IS NOT NULL)
) PARTITION BY LIST (scan_id);
CREATE INDEX resolve_batch_ready ON census.resolve_batch (id) WHERE state = 'ready';
CREATE INDEX resolve_batch_leased ON census.resolve_batch (worker_id) WHERE state = 'leased';
COMMENT ON TABLE census.resolve_batch IS 'Ranges of domains to be resolved.';
COMMENT ON COLUMN census.resolve_batch.scan_id IS 'The scan.';
COMMENT ON COLUMN census.resolve_batch.id IS 'Number of the batch in its scan.';
COMMENT ON COLUMN census.resolve_batch.first_domain IS 'First domain of the range.';
COMMENT ON COLUMN census.resolve_batch.last_domain IS 'Last domain of the range.';
COMMENT ON COLUMN census.resolve_batch.state IS 'ready, leased, done or dead.';
COMMENT ON COLUMN census.resolve_batch.ready_at IS 'Not leased before this moment.';
COMMENT ON COLUMN census.resolve_batch.worker_id IS 'Who holds it, when leased.';
COMMENT ON COLUMN census.resolve_batch.fence IS 'Token of the latest lease.';
COMMENT ON COLUMN census.resolve_batch.request IS 'Which lease call of its worker took it, when leased.';
COMMENT ON COLUMN census.resolve_batch.attempts IS 'Leases in a row that ended without a result.';
COMMENT ON COLUMN census.resolve_batch.last_error IS 'Why the latest of them did.';

CREATE SEQUENCE census.lane_id_seq;
CREATE TABLE census.lane (
  id bigint NOT NULL,
  worker_id bigint,
  fence bigint NOT NULL DEFAULT 0,
  request bigint,
  ready_at timestamptz NOT NULL,
  rest_until timestamptz NOT NULL DEFAULT '-infinity',
  scan_id integer NOT NULL,
  pending integer NOT NULL CHECK (pending >= 0),
  targets_total integer NOT NULL,
  targets_done integer NOT NULL DEFAULT 0,
  slot smallint NOT NULL,
  size_class smallint NOT NULL,
  attempts smallint NOT NULL DEFAULT 0,
  state text COLLATE "C" NOT NULL CHECK (state IN ('ready', 'leased', 'idle', 'dead')),
  network cidr NOT NULL,
  last_error text,
  PRIMARY KEY (scan_id, id),
  UNIQUE (scan_id, network),
  CHECK ((state = 'leased') = (worker_id IS NOT NULL)),
  CHECK ((state = 'leased') = (request IS NOT NULL)),
  CHECK (state <> 'idle' OR pending = 0),
  CHECK (state NOT IN ('ready', 'leased') OR pending > 0),
  CHECK (targets_total = targets_done + pending),
  CHECK (state <> 'dead' OR last_error IS NOT NULL)
) PARTITION BY LIST (scan_id);
CREATE INDEX lane_ready ON census.lane (size_class DESC, slot, ready_at) WHERE state = 'ready';
CREATE INDEX lane_leased ON census.lane (worker_id) WHERE state = 'leased';
CREATE INDEX lane_dead ON census.lane (id) WHERE state = 'dead';
COMMENT ON TABLE census.lane IS 'Networks (/24 or /48) with what is to be probed in them. One worker at a time holds a lane, so its pace holds for the whole fleet.';
COMMENT ON COLUMN census.lane.id IS 'Number of the lane.';
COMMENT ON COLUMN census.lane.worker_id IS 'Who holds it, when leased.';
COMMENT ON COLUMN census.lane.fence IS 'Token of the latest lease.';
COMMENT ON COLUMN census.lane.request IS 'Which lease call of its worker took it, when leased.';
COMMENT ON COLUMN census.lane.ready_at IS 'Not leased before this moment: it rests, or its targets have to wait.';
COMMENT ON COLUMN census.lane.rest_until IS 'The network is not contacted before this moment, whatever is added to the lane.';
COMMENT ON COLUMN census.lane.scan_id IS 'The scan.';
COMMENT ON COLUMN census.lane.pending IS 'Targets that remain to be done.';
COMMENT ON COLUMN census.lane.targets_total IS 'Targets ever planned.';
COMMENT ON COLUMN census.lane.targets_done IS 'Targets done.';
COMMENT ON COLUMN census.lane.slot IS 'Spreads workers that lease at the same time over the lanes of one size.';
COMMENT ON COLUMN census.lane.size_class IS 'Binary logarithm of pending: big lanes are leased first.';
COMMENT ON COLUMN census.lane.attempts IS 'Leases in a row that ended without a result.';
COMMENT ON COLUMN census.lane.state IS 'ready, leased, idle (nothing pending) or dead.';
COMMENT ON COLUMN census.lane.network IS 'The network.';
COMMENT ON COLUMN census.lane.last_error IS 'Why the latest lease without a result ended.';

CREATE SEQUENCE census.probe_target_id_seq;
CREATE TABLE census.probe_target (
  host_id bigint NOT NULL,
  id bigint NOT NULL,
  lane_id bigint NOT NULL,
  not_before timestamptz NOT NULL,
  scan_id integer NOT NULL,
  ordinal smallint NOT NULL,
  attempt smallint NOT NULL CHECK (attempt >= 1),
  has_next boolean NOT NULL,
  address inet NOT NULL,
  PRIMARY KEY (scan_id, host_id)
) PARTITION BY LIST (scan_id);
CREATE INDEX probe_target_due ON census.probe_target (lane_id, not_before, id);
COMMENT ON TABLE census.probe_target IS 'What remains to be probed: at most one address of a host at a time. A row goes when its target is done.';
COMMENT ON COLUMN census.probe_target.host_id IS 'The host.';
COMMENT ON COLUMN census.probe_target.id IS 'Number of the attempt to come: a new one for each.';
COMMENT ON COLUMN census.probe_target.lane_id IS 'Lane of the address''s network.';
COMMENT ON COLUMN census.probe_target.not_before IS 'Not probed before this moment.';
COMMENT ON COLUMN census.probe_target.scan_id IS 'The scan.';
COMMENT ON COLUMN census.probe_target.ordinal IS 'Which address of the host, as in host_address.';
COMMENT ON COLUMN census.probe_target.attempt IS 'Which attempt at this address it will be, from 1.';
COMMENT ON COLUMN census.probe_target.has_next IS 'The host has a further address that may be contacted.';
COMMENT ON COLUMN census.probe_target.address IS 'The address.';

CREATE TABLE census.probe_queue (
  host_id bigint NOT NULL,
  scan_id integer NOT NULL,
  ordinal smallint NOT NULL,
  PRIMARY KEY (scan_id, host_id)
) PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.probe_queue IS 'Host addresses that plan_probes has yet to put into a lane: of new hosts, and the next ones of hosts that did not answer.';
COMMENT ON COLUMN census.probe_queue.host_id IS 'The host.';
COMMENT ON COLUMN census.probe_queue.scan_id IS 'The scan.';
COMMENT ON COLUMN census.probe_queue.ordinal IS 'Which address of the host, as in host_address.';

-- Counters: whoever completes a batch appends a row here, and plan_probes, a single writer, adds them up. So no row is
-- fought over.
CREATE TABLE census.progress_delta (
  scan_id integer NOT NULL REFERENCES census.scan ON DELETE CASCADE,
  domains_resolved bigint NOT NULL DEFAULT 0,
  hosts bigint NOT NULL DEFAULT 0,
  targets bigint NOT NULL DEFAULT 0,
  targets_done bigint NOT NULL DEFAULT 0
);
CREATE INDEX progress_delta_scan ON census.progress_delta (scan_id);
COMMENT ON TABLE census.progress_delta IS 'Progress of scans that plan_probes has not added up yet.';
COMMENT ON COLUMN census.progress_delta.scan_id IS 'The scan.';
COMMENT ON COLUMN census.progress_delta.domains_resolved IS 'Domains resolved.';
COMMENT ON COLUMN census.progress_delta.hosts IS 'New MX hosts.';
COMMENT ON COLUMN census.progress_delta.targets IS 'Host addresses that became known as to be probed.';
COMMENT ON COLUMN census.progress_delta.targets_done IS 'Host addresses done.';

CREATE TABLE census.progress (
  scan_id integer PRIMARY KEY REFERENCES census.scan ON DELETE CASCADE,
  domains_resolved bigint NOT NULL DEFAULT 0,
  hosts bigint NOT NULL DEFAULT 0,
  targets bigint NOT NULL DEFAULT 0,
  targets_done bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
COMMENT ON TABLE census.progress IS 'Progress of scans, as far as it is added up; see progress_delta and scan_progress().';
COMMENT ON COLUMN census.progress.scan_id IS 'The scan.';
COMMENT ON COLUMN census.progress.domains_resolved IS 'Domains resolved.';
COMMENT ON COLUMN census.progress.hosts IS 'MX hosts found.';
COMMENT ON COLUMN census.progress.targets IS 'Host addresses known as to be probed.';
COMMENT ON COLUMN census.progress.targets_done IS 'Host addresses done.';
