-- Many machines: who leads, scans that are paused and cancelled, networks that several scans share, batches that were
-- given up, and what people ask about a fleet. The terms and the life of a batch are explained in V0004.

-- WHO LEADS
--
-- Any number of coordinators may run; one leads, the others stand by. Leading is a lease of one row, by the database's
-- clock: the leader renews it while it lives, and whoever asks after it has run out becomes the leader of the next term.
-- No session lock: it would die with a connection rather than with its coordinator, and does not pass a pooler.
--
-- What a leader does is safe to do twice (see V0008): a leader that was paused and goes on for a moment beside its
-- successor harms nothing. Leading only keeps coordinators from doing the same work at the same time.

CREATE TABLE census.coordinator (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  seen_until timestamptz NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON TABLE census.coordinator IS 'Coordinators that run, or ran in the last day.';
COMMENT ON COLUMN census.coordinator.id IS 'A random number that the process chose.';
COMMENT ON COLUMN census.coordinator.name IS 'For people: host and process.';
COMMENT ON COLUMN census.coordinator.seen_until IS 'After this moment it counts as gone.';
COMMENT ON COLUMN census.coordinator.registered_at IS 'When it began.';

CREATE TABLE census.leader (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  coordinator_id bigint,
  term bigint NOT NULL DEFAULT 0,
  lead_until timestamptz NOT NULL DEFAULT '-infinity',
  since timestamptz
) WITH (fillfactor = 50);
INSERT INTO census.leader DEFAULT VALUES;
COMMENT ON TABLE census.leader IS 'The one coordinator that leads: a single row.';
COMMENT ON COLUMN census.leader.single IS 'True: there is one row.';
COMMENT ON COLUMN census.leader.coordinator_id IS 'Who leads, or led last; NULL before the first.';
COMMENT ON COLUMN census.leader.term IS 'Grows by one with each change of the leader.';
COMMENT ON COLUMN census.leader.lead_until IS 'From this moment on another coordinator may lead.';
COMMENT ON COLUMN census.leader.since IS 'When the present term began.';

CREATE FUNCTION census.lead(p_id bigint, p_name text, p_seconds double precision) RETURNS boolean
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_until timestamptz := now() + make_interval(secs => p_seconds);
BEGIN
  INSERT INTO coordinator AS c (id, name, seen_until) VALUES (p_id, p_name, v_until)
  ON CONFLICT (id) DO UPDATE SET seen_until = v_until;
  UPDATE leader SET lead_until = v_until WHERE coordinator_id = p_id AND lead_until > now();
  IF FOUND THEN
    RETURN true;
  END IF;
  UPDATE leader SET coordinator_id = p_id, term = term + 1, since = now(), lead_until = v_until WHERE lead_until <= now();
  IF FOUND THEN
    DELETE FROM coordinator WHERE seen_until < now() - interval '1 day';
    RETURN true;
  END IF;
  RETURN false;
END $$;
COMMENT ON FUNCTION census.lead(bigint, text, double precision) IS
  'A coordinator says that it lives, and leads for so many seconds from now if it led already or nobody does. True when it leads.';

CREATE FUNCTION census.stop_leading(p_id bigint) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp AS $$
  UPDATE leader SET lead_until = '-infinity' WHERE coordinator_id = p_id;
  DELETE FROM coordinator WHERE id = p_id;
$$;
COMMENT ON FUNCTION census.stop_leading(bigint) IS 'A coordinator ends: another may lead at once.';

CREATE VIEW census.coordinator_state AS
SELECT c.name, c.registered_at, c.seen_until > now() AS alive,
  coalesce(l.coordinator_id = c.id AND l.lead_until > now(), false) AS leads,
  CASE WHEN l.coordinator_id = c.id THEN l.since END AS leads_since
FROM census.coordinator c LEFT JOIN census.leader l ON true;
COMMENT ON VIEW census.coordinator_state IS 'Coordinators, and which of them leads.';
COMMENT ON COLUMN census.coordinator_state.name IS 'For people: host and process.';
COMMENT ON COLUMN census.coordinator_state.registered_at IS 'When it began.';
COMMENT ON COLUMN census.coordinator_state.alive IS 'It was heard of a few seconds ago.';
COMMENT ON COLUMN census.coordinator_state.leads IS 'It is the one that leads.';
COMMENT ON COLUMN census.coordinator_state.leads_since IS 'When its term began; NULL when it is not the present or last leader.';

-- PAUSED AND CANCELLED SCANS
--
-- Paused: nothing new is leased; leases that stand are completed. Cancelling: the same, and for good. A cancelled scan is
-- over only when no lease of it is left, so that nobody probes for a scan that has ended; what it has found stays.

ALTER TABLE census.scan DROP CONSTRAINT scan_state_check;
ALTER TABLE census.scan ADD CONSTRAINT scan_state_check
  CHECK (state IN ('running', 'paused', 'cancelling', 'finished', 'cancelled'));
COMMENT ON COLUMN census.scan.state IS 'running; paused (nothing is leased); cancelling (nothing is leased, and it ends with its last lease); finished or cancelled.';

CREATE FUNCTION census.change_scan_state(p_scan integer, p_from text[], p_to text) RETURNS text
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_state text;
BEGIN
  SELECT state INTO v_state FROM scan WHERE id = p_scan FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no scan number %', p_scan USING ERRCODE = 'MX002';
  END IF;
  IF v_state <> p_to AND v_state <> ALL (p_from) THEN
    RAISE EXCEPTION 'scan % is %', p_scan, v_state USING ERRCODE = 'MX005';
  END IF;
  UPDATE scan SET state = p_to WHERE id = p_scan AND state <> p_to;
  RETURN p_to;
END $$;
COMMENT ON FUNCTION census.change_scan_state(integer, text[], text) IS
  'Part of pause_scan and the like: to the state p_to, from one of p_from or from itself. MX005: the scan is in another state.';

CREATE FUNCTION census.pause_scan(p_scan integer) RETURNS text
LANGUAGE sql SET search_path = census, pg_temp AS $$ SELECT change_scan_state(p_scan, ARRAY['running'], 'paused') $$;
COMMENT ON FUNCTION census.pause_scan(integer) IS 'Nothing of the scan is leased from now on. Returns its state.';

CREATE FUNCTION census.resume_scan(p_scan integer) RETURNS text
LANGUAGE sql SET search_path = census, pg_temp AS $$ SELECT change_scan_state(p_scan, ARRAY['paused'], 'running') $$;
COMMENT ON FUNCTION census.resume_scan(integer) IS 'A paused scan goes on. Returns its state.';

CREATE FUNCTION census.cancel_scan(p_scan integer) RETURNS text
LANGUAGE sql SET search_path = census, pg_temp AS $$
  SELECT change_scan_state(p_scan, ARRAY['running', 'paused'], 'cancelling')
$$;
COMMENT ON FUNCTION census.cancel_scan(integer) IS
  'Ends a scan before its time: as soon as no lease of it is left. What it has found stays. Returns its state.';

CREATE FUNCTION census.stopped_scans(p_scans integer[]) RETURNS integer[]
LANGUAGE sql STABLE SET search_path = census, pg_temp AS $$
  SELECT coalesce(array_agg(k.id ORDER BY k.id), '{}') FROM unnest(p_scans) AS k (id)
  WHERE NOT EXISTS (SELECT FROM scan s WHERE s.id = k.id AND s.state = 'running')
$$;
COMMENT ON FUNCTION census.stopped_scans(integer[]) IS
  'Which of these scans do not run: a worker starts nothing new for them, and hands back what it has not begun.';

CREATE OR REPLACE FUNCTION census.finish_scan(p_scan integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_state text;
BEGIN
  SELECT state INTO v_state FROM scan WHERE id = p_scan;
  IF v_state IN ('finished', 'cancelled') THEN
    RETURN true;
  END IF;
  IF v_state IS NULL OR v_state = 'paused' OR NOT scan_can_end(p_scan, v_state) THEN
    RETURN false;
  END IF;
  PERFORM lock_planning(p_scan);
  -- Asked again under the lock: another coordinator may have planned, or finished the scan.
  SELECT state INTO v_state FROM scan WHERE id = p_scan FOR UPDATE;
  IF v_state NOT IN ('running', 'cancelling') OR NOT scan_can_end(p_scan, v_state) THEN
    RETURN v_state IN ('finished', 'cancelled');
  END IF;
  PERFORM add_up_progress(p_scan);
  IF v_state = 'running' THEN
    PERFORM complete_scan(p_scan);
  ELSE
    PERFORM roll_up(p_scan);
  END IF;
  UPDATE scan SET state = CASE v_state WHEN 'running' THEN 'finished' ELSE 'cancelled' END, finished_at = now()
  WHERE id = p_scan;
  RETURN true;
END $$;
COMMENT ON FUNCTION census.finish_scan(integer) IS
  'Rolls a scan up and ends it if nothing is left to do, or if it is being cancelled and no lease is left. True when the scan has ended, now or before.';

CREATE FUNCTION census.complete_scan(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
BEGIN
  -- Every domain ends in exactly one state, also those of batches that were given up.
  INSERT INTO domain_result (scan_id, domain_id, weight, status, failure, dnssec)
  SELECT p_scan, d.id, d.weight, 'dns_failure', NULL, 'indeterminate'
  FROM resolve_batch b
  JOIN scan s ON s.id = b.scan_id
  JOIN domain d ON d.list_id = s.list_id AND d.id BETWEEN b.first_domain AND b.last_domain
  WHERE b.scan_id = p_scan AND b.state = 'dead';
  PERFORM roll_up(p_scan);
END $$;
COMMENT ON FUNCTION census.complete_scan(integer) IS 'Part of finish_scan: what is computed when everything of a scan is done.';

CREATE FUNCTION census.scan_can_end(p_scan integer, p_state text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = census, pg_temp AS $$
  SELECT CASE p_state
    WHEN 'running' THEN (SELECT complete FROM scan_progress(p_scan))
    WHEN 'cancelling' THEN NOT EXISTS (SELECT FROM resolve_batch b WHERE b.scan_id = p_scan AND b.state = 'leased')
      AND NOT EXISTS (SELECT FROM lane l WHERE l.scan_id = p_scan AND l.state = 'leased')
    ELSE false
  END
$$;
COMMENT ON FUNCTION census.scan_can_end(integer, text) IS 'Part of finish_scan: nothing is left to do in this state.';

-- NETWORKS THAT SCANS SHARE
--
-- Lanes belong to scans, but the rate and connections of a network hold for all of them together: a lane is leased only
-- while no other scan's lane of the same network is leased or rests. Two workers that lease lanes of one network in two
-- scans at the same moment are kept apart by a lock on the network, held until the lease is committed; whoever gets the
-- lock later looks afterwards, and sees the other's lease.
--
-- A lane that has to wait for another scan is put off for a moment, so that it does not stand in the way of others.

CREATE FUNCTION census.lease_picked_lanes(p_scan integer, p_worker bigint, p_request bigint, p_picked bigint[])
RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  -- Only then, in a statement of its own, is looked who else has the network.
  v_locked bigint[] := ARRAY(
    SELECT l.id FROM lane l
    WHERE l.scan_id = p_scan AND l.id = ANY (p_picked)
      AND pg_try_advisory_xact_lock(hashtextextended(l.network::text, 7)));
  v_others integer[] := ARRAY(
    SELECT s.id FROM scan s
    WHERE s.id <> p_scan AND (s.finished_at IS NULL OR s.finished_at > now() - interval '15 minutes'));
  v_free bigint[] := v_locked;
  v_taken bigint[];
BEGIN
  IF cardinality(v_others) > 0 THEN
    v_free := ARRAY(
      SELECT l.id FROM lane l
      WHERE l.scan_id = p_scan AND l.id = ANY (v_locked) AND NOT EXISTS (
        SELECT FROM lane o
        WHERE o.scan_id = ANY (v_others) AND o.network = l.network AND (o.state = 'leased' OR o.rest_until > now())));
  END IF;
  IF cardinality(v_free) < cardinality(p_picked) THEN
    UPDATE lane l SET ready_at = now() + random() * interval '1 second'
    WHERE l.scan_id = p_scan AND l.id = ANY (p_picked) AND l.id <> ALL (v_free);
  END IF;
  WITH leased AS (
    UPDATE lane l SET state = 'leased', worker_id = p_worker, request = p_request, fence = l.fence + 1
    WHERE l.scan_id = p_scan AND l.id = ANY (v_free)
    RETURNING l.id
  )
  SELECT coalesce(array_agg(leased.id), '{}') INTO v_taken FROM leased;
  RETURN v_taken;
END $$;
COMMENT ON FUNCTION census.lease_picked_lanes(integer, bigint, bigint, bigint[]) IS
  'Part of take_lanes: leases those of the locked lanes whose network no other scan is using.';

-- Leasing by many workers at once: lanes are spread over many slots, and a class is walked from a random slot on in two
-- index scans however many slots there are. Lanes of scans under way keep their slots.
CREATE OR REPLACE FUNCTION census.lane_slots() RETURNS integer
LANGUAGE sql IMMUTABLE AS 'SELECT 32767';

CREATE OR REPLACE FUNCTION census.take_lanes(p_scan integer, p_worker bigint, p_max integer, p_request bigint) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_taken bigint[] := '{}';
  v_picked bigint[];
  v_start integer := floor(random() * lane_slots());
  v_class smallint := 32767;
  v_from smallint;
  v_to smallint;
BEGIN
  LOOP
    -- The next smaller class that has ready lanes: one index probe, however many lanes there are.
    SELECT l.size_class INTO v_class FROM lane l
    WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class < v_class
    ORDER BY l.size_class DESC LIMIT 1;
    EXIT WHEN NOT FOUND;
    FOR v_from, v_to IN VALUES (v_start, 32767), (0, v_start - 1) LOOP
      v_picked := ARRAY(
        SELECT l.id FROM lane l
        WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class = v_class AND l.slot BETWEEN v_from AND v_to
          AND l.ready_at <= now()
        ORDER BY l.slot, l.ready_at LIMIT p_max - cardinality(v_taken) FOR UPDATE SKIP LOCKED);
      IF cardinality(v_picked) > 0 THEN
        v_taken := v_taken || lease_picked_lanes(p_scan, p_worker, p_request, v_picked);
      END IF;
      IF cardinality(v_taken) >= p_max THEN
        RETURN v_taken;
      END IF;
    END LOOP;
  END LOOP;
  RETURN v_taken;
END $$;

-- How long a network rests after its lease was taken back. The worker that vanished may only have been stopped: then its
-- connections are still open, and end when the hosts give up waiting, after five minutes at least (RFC 5321 §4.5.3.2.7).
CREATE OR REPLACE FUNCTION census.create_scan(
  p_name text, p_list text, p_settings jsonb, p_trust_store bytea, p_limit bigint DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_scan integer;
  v_list list;
  v_store integer;
  v_domains bigint;
  v_size bigint := greatest(1, (p_settings ->> 'resolveBatchSize')::bigint);
  v_rate double precision := greatest(0.001, (p_settings #>> '{limits,rate}')::double precision);
BEGIN
  SELECT * INTO v_list FROM list WHERE name = p_list FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no list named ''%''', p_list USING ERRCODE = 'MX002';
  END IF;
  v_domains := least(v_list.domains, coalesce(p_limit, v_list.domains));
  INSERT INTO trust_store (sha256, pem) VALUES (sha256(p_trust_store), p_trust_store) ON CONFLICT (sha256) DO NOTHING;
  SELECT id INTO STRICT v_store FROM trust_store WHERE sha256 = sha256(p_trust_store);
  INSERT INTO scan (name, list_id, settings, trust_store_id, domains, lane_gap, reclaim_gap)
  VALUES (p_name, v_list.id, p_settings, v_store, v_domains, make_interval(secs => 1 / v_rate),
    make_interval(secs => greatest(coalesce((p_settings ->> 'reclaimRest')::double precision, 300), 1 / v_rate)))
  RETURNING id INTO v_scan;
  INSERT INTO progress (scan_id) VALUES (v_scan);
  PERFORM create_scan_partitions(v_scan);
  INSERT INTO resolve_batch (scan_id, id, first_domain, last_domain)
  SELECT v_scan, n, (n - 1) * v_size + 1, least(n * v_size, v_domains)
  FROM generate_series(1, (v_domains + v_size - 1) / v_size) AS n;
  RETURN v_scan;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'there is a scan named ''%'' already', p_name USING ERRCODE = 'MX003';
END $$;

-- BATCHES THAT WERE GIVEN UP

CREATE FUNCTION census.retry_dead(p_scan integer) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_state text;
  v_batches bigint;
  v_lanes bigint;
BEGIN
  PERFORM lock_planning(p_scan);
  SELECT state INTO v_state FROM scan WHERE id = p_scan FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no scan number %', p_scan USING ERRCODE = 'MX002';
  END IF;
  IF v_state IN ('cancelling', 'cancelled') THEN
    RAISE EXCEPTION 'scan % is %', p_scan, v_state USING ERRCODE = 'MX005';
  END IF;
  IF v_state = 'finished' THEN
    DELETE FROM domain_result r USING resolve_batch b
    WHERE b.scan_id = p_scan AND b.state = 'dead' AND r.scan_id = p_scan
      AND r.domain_id BETWEEN b.first_domain AND b.last_domain;
  END IF;
  UPDATE resolve_batch SET state = 'ready', attempts = 0, ready_at = now() WHERE scan_id = p_scan AND state = 'dead';
  GET DIAGNOSTICS v_batches = ROW_COUNT;
  UPDATE lane SET state = 'ready', attempts = 0, ready_at = greatest(now(), rest_until) WHERE scan_id = p_scan AND state = 'dead';
  GET DIAGNOSTICS v_lanes = ROW_COUNT;
  IF v_state = 'finished' AND v_batches + v_lanes > 0 THEN
    UPDATE scan SET state = 'running', finished_at = NULL WHERE id = p_scan;
  END IF;
  RETURN v_batches + v_lanes;
END $$;
COMMENT ON FUNCTION census.retry_dead(integer) IS
  'Makes the dead batches of a scan ready again; a finished scan runs again until they are done. Returns how many.';

-- Resolve batches of several scans are leased in turn, as lanes are: a small scan does not wait for a big one to be resolved.
CREATE OR REPLACE FUNCTION census.lease_resolve(p_worker bigint, p_max integer, p_request bigint, p_unanswered bigint[] DEFAULT '{}')
RETURNS TABLE (scan_id integer, batch_id integer, fence bigint, domain_id bigint, name text)
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
#variable_conflict use_column
DECLARE
  v_scan integer;
  v_list integer;
  v_taken integer[];
  v_left integer := p_max;
BEGIN
  PERFORM require_active(p_worker);
  PERFORM release_requests(p_worker, p_unanswered);
  FOR v_scan, v_list IN SELECT s.id, s.list_id FROM scan s WHERE s.state = 'running' ORDER BY random() LOOP
    EXIT WHEN v_left <= 0;
    WITH picked AS MATERIALIZED (
      SELECT b.id FROM resolve_batch b
      WHERE b.scan_id = v_scan AND b.state = 'ready' AND b.ready_at <= now()
      ORDER BY b.id LIMIT v_left FOR UPDATE SKIP LOCKED
    ), leased AS (
      UPDATE resolve_batch b SET state = 'leased', worker_id = p_worker, request = p_request, fence = b.fence + 1
      FROM picked WHERE b.scan_id = v_scan AND b.id = picked.id
      RETURNING b.id
    )
    SELECT coalesce(array_agg(leased.id), '{}') INTO v_taken FROM leased;
    v_left := v_left - cardinality(v_taken);
    RETURN QUERY
      SELECT v_scan, b.id, b.fence, d.id, d.name
      FROM resolve_batch b
      JOIN domain d ON d.list_id = v_list AND d.id BETWEEN b.first_domain AND b.last_domain
      WHERE b.scan_id = v_scan AND b.id = ANY (v_taken);
  END LOOP;
END $$;

-- WORKERS THAT ARE GONE

CREATE FUNCTION census.forget_workers() RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_rows bigint;
BEGIN
  DELETE FROM worker w WHERE w.ended_at < now() - interval '7 days'
    AND NOT EXISTS (SELECT FROM resolve_batch b WHERE b.state = 'leased' AND b.worker_id = w.id)
    AND NOT EXISTS (SELECT FROM lane l WHERE l.state = 'leased' AND l.worker_id = w.id);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_rows;
END $$;
COMMENT ON FUNCTION census.forget_workers() IS 'Removes workers that ended a week ago and hold nothing. Returns how many.';

-- WHAT PEOPLE AND AUTOSCALERS ASK

CREATE VIEW census.worker_state AS
SELECT w.id AS worker_id, w.name, w.state, w.registered_at, w.ended_at, w.lease_until,
  (SELECT count(*) FROM census.resolve_batch b WHERE b.state = 'leased' AND b.worker_id = w.id) AS resolve_batches,
  (SELECT count(*) FROM census.lane l WHERE l.state = 'leased' AND l.worker_id = w.id) AS lanes
FROM census.worker w;
COMMENT ON VIEW census.worker_state IS 'Workers of the last week, and what they hold.';
COMMENT ON COLUMN census.worker_state.worker_id IS 'Number of the incarnation.';
COMMENT ON COLUMN census.worker_state.name IS 'For people: host and process.';
COMMENT ON COLUMN census.worker_state.state IS 'active, retired or lost.';
COMMENT ON COLUMN census.worker_state.registered_at IS 'When it began.';
COMMENT ON COLUMN census.worker_state.ended_at IS 'When it was retired or lost; NULL while active.';
COMMENT ON COLUMN census.worker_state.lease_until IS 'After this moment its leases may be taken back.';
COMMENT ON COLUMN census.worker_state.resolve_batches IS 'Resolve batches that it holds.';
COMMENT ON COLUMN census.worker_state.lanes IS 'Lanes that it holds.';

CREATE VIEW census.ready_work AS
SELECT (SELECT count(*) FROM census.scan WHERE state = 'running') AS scans_running,
  (SELECT count(*) FROM census.resolve_batch b JOIN census.scan s ON s.id = b.scan_id AND s.state = 'running'
   WHERE b.state = 'ready' AND b.ready_at <= now()) AS resolve_batches_ready,
  (SELECT count(*) FROM census.lane l JOIN census.scan s ON s.id = l.scan_id AND s.state = 'running'
   WHERE l.state = 'ready' AND l.ready_at <= now()) AS lanes_ready;
COMMENT ON VIEW census.ready_work IS 'What could be leased at this moment: more workers help while it is not small.';
COMMENT ON COLUMN census.ready_work.scans_running IS 'Scans that run.';
COMMENT ON COLUMN census.ready_work.resolve_batches_ready IS 'Resolve batches that are due.';
COMMENT ON COLUMN census.ready_work.lanes_ready IS 'Lanes that are due.';

CREATE VIEW census.lane_state AS
SELECT s.id AS scan_id, s.name AS scan, l.network, l.state, l.pending, l.targets_done AS done, l.slowdown,
  (s.settings #>> '{limits,rate}')::double precision / (1 << l.slowdown) AS rate,
  greatest(1, (s.settings #>> '{limits,connections}')::integer >> l.slowdown) AS connections,
  make_interval(secs => l.pending * (1 << l.slowdown) / (s.settings #>> '{limits,rate}')::double precision) AS remaining,
  l.ready_at, w.name AS worker, l.attempts, l.last_error
FROM census.lane l
JOIN census.scan s ON s.id = l.scan_id
LEFT JOIN census.worker w ON w.id = l.worker_id;
COMMENT ON VIEW census.lane_state IS 'Networks of each scan: how much is left in them, and at which pace.';
COMMENT ON COLUMN census.lane_state.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.lane_state.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.lane_state.network IS 'The network: a /24 or /48.';
COMMENT ON COLUMN census.lane_state.state IS 'ready, leased, idle (nothing pending) or dead.';
COMMENT ON COLUMN census.lane_state.pending IS 'Host addresses that remain to be probed.';
COMMENT ON COLUMN census.lane_state.done IS 'Host addresses done.';
COMMENT ON COLUMN census.lane_state.slowdown IS 'Back-off: rate and connections are the scan''s, divided by two to this power.';
COMMENT ON COLUMN census.lane_state.rate IS 'New connections per second at that pace.';
COMMENT ON COLUMN census.lane_state.connections IS 'Connections open at once at that pace.';
COMMENT ON COLUMN census.lane_state.remaining IS 'How long the rest takes at least, at that pace.';
COMMENT ON COLUMN census.lane_state.ready_at IS 'When it is due, if ready.';
COMMENT ON COLUMN census.lane_state.worker IS 'Who holds it; NULL when nobody does.';
COMMENT ON COLUMN census.lane_state.attempts IS 'Leases in a row that ended without a result.';
COMMENT ON COLUMN census.lane_state.last_error IS 'Why the latest of them did.';
