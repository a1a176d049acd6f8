-- Back-off: a network that pushes back (rate limits, blocklists, tarpits, connections cut off before a word) is treated
-- more gently until it no longer does, by whichever worker holds its lane.
--
-- A lane's slowdown is a power of two: at 3 its network gets an eighth of the scan's rate and connections, at 0 all of them.
-- A lease that met a push-back raises it, by one at least; a lease that met none lowers it by one.

ALTER TABLE census.lane ADD COLUMN slowdown smallint NOT NULL DEFAULT 0 CHECK (slowdown BETWEEN 0 AND 6);
COMMENT ON COLUMN census.lane.slowdown IS 'Back-off: rate and connections of the network are the scan''s, divided by two to this power.';

CREATE FUNCTION census.next_slowdown(p_held smallint, p_ended smallint, p_results bigint, p_pushed_back bigint)
RETURNS smallint
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_pushed_back > 0 THEN least(6, greatest(p_held + 1, p_ended))
    WHEN p_results > 0 THEN greatest(0, p_held - 1)
    ELSE p_held
  END::smallint
$$;
COMMENT ON FUNCTION census.next_slowdown(smallint, smallint, bigint, bigint) IS
  'Slowdown of a lane after a lease that began with p_held and with which the worker ended at p_ended.';

-- The pace holds across leases, since a slowed network's starts are this far apart; but nothing rests for longer than ten
-- minutes, unless the scan's own rate asks for it.
CREATE FUNCTION census.lane_rest(p_gap interval, p_slowdown smallint) RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
  SELECT greatest(p_gap, least(p_gap * (1 << p_slowdown), interval '10 minutes'))
$$;
COMMENT ON FUNCTION census.lane_rest(interval, smallint) IS 'How long a network rests between two leases, given how long it does without slowdown.';

ALTER TYPE census.lane_completion ADD ATTRIBUTE slowdown smallint;
COMMENT ON TYPE census.lane_completion IS 'A lane that a worker has done with, the token of its lease, and the slowdown at which the worker ended.';
ALTER TYPE census.probe_record ADD ATTRIBUTE pushed_back boolean;

DROP FUNCTION census.lease_lanes(bigint, integer, integer, bigint, bigint[]);
CREATE FUNCTION census.lease_lanes(
  p_worker bigint, p_max_lanes integer, p_max_targets integer, p_request bigint, p_unanswered bigint[] DEFAULT '{}'
)
RETURNS TABLE (
  scan_id integer, lane_id bigint, fence bigint, network cidr, slowdown smallint, target_id bigint, host_id bigint, host text,
  address inet, attempt smallint, has_next boolean
)
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
#variable_conflict use_column
DECLARE
  v_scan integer;
  v_taken bigint[];
  v_left integer := p_max_lanes;
BEGIN
  PERFORM require_active(p_worker);
  PERFORM release_requests(p_worker, p_unanswered);
  FOR v_scan IN SELECT s.id FROM scan s WHERE s.state = 'running' ORDER BY random() LOOP
    EXIT WHEN v_left <= 0;
    v_taken := take_lanes(v_scan, p_worker, v_left, p_request);
    v_left := v_left - cardinality(v_taken);
    RETURN QUERY
      SELECT v_scan, l.id, l.fence, l.network, l.slowdown, t.id, t.host_id, h.name, t.address, t.attempt, t.has_next
      FROM lane l
      LEFT JOIN LATERAL (
        SELECT * FROM probe_target p
        WHERE p.scan_id = v_scan AND p.lane_id = l.id AND p.not_before <= now()
        ORDER BY p.not_before, p.id LIMIT p_max_targets
      ) t ON true
      LEFT JOIN mx_host h ON h.scan_id = v_scan AND h.id = t.host_id
      WHERE l.scan_id = v_scan AND l.id = ANY (v_taken)
      ORDER BY l.id, t.not_before, t.id;
  END LOOP;
END $$;
COMMENT ON FUNCTION census.lease_lanes(bigint, integer, integer, bigint, bigint[]) IS
  'Leases up to p_max_lanes lanes of running scans, each with up to p_max_targets targets that are due. p_request numbers the call; what the calls p_unanswered took goes back first. One row a target.';

CREATE OR REPLACE FUNCTION census.complete_lanes(
  p_scan integer, p_worker bigint, p_lanes census.lane_completion[], p_results census.probe_record[],
  p_certificates census.certificate_record[]
) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_held bigint[] := ARRAY(
    SELECT l.id FROM lane l JOIN unnest(p_lanes) c ON l.id = c.lane_id
    WHERE l.scan_id = p_scan AND l.state = 'leased' AND l.worker_id = p_worker AND l.fence = c.fence
    ORDER BY l.id FOR UPDATE OF l);
BEGIN
  IF cardinality(v_held) > 0 THEN
    PERFORM write_probes(p_scan, v_held, p_results, p_certificates);
    UPDATE lane l SET
      state = CASE WHEN n.pending = 0 THEN 'idle' ELSE 'ready' END,
      worker_id = NULL, request = NULL,
      attempts = CASE WHEN n.results > 0 THEN 0 ELSE l.attempts END,
      pending = n.pending, targets_done = l.targets_total - n.pending, size_class = size_class(n.pending),
      slowdown = n.slowdown,
      rest_until = now() + lane_rest(s.lane_gap, n.slowdown),
      ready_at = greatest(now() + lane_rest(s.lane_gap, n.slowdown), n.due)
    FROM scan s, (
      SELECT h.id, count(r.lane_id) AS results,
        k.pending - count(r.lane_id) FILTER (WHERE r.next_step <> 'retry') AS pending,
        next_slowdown(k.slowdown, (SELECT max(c.slowdown) FROM unnest(p_lanes) c WHERE c.lane_id = h.id),
          count(r.lane_id), count(*) FILTER (WHERE r.pushed_back)) AS slowdown,
        (SELECT min(t.not_before) FROM probe_target t WHERE t.scan_id = p_scan AND t.lane_id = h.id) AS due
      FROM unnest(v_held) AS h (id)
      JOIN lane k ON k.scan_id = p_scan AND k.id = h.id
      LEFT JOIN unnest(p_results) r ON r.lane_id = h.id
      GROUP BY h.id, k.pending, k.slowdown
    ) n
    WHERE l.scan_id = p_scan AND l.id = n.id AND s.id = p_scan;
  END IF;
  RETURN ARRAY(SELECT c.lane_id FROM unnest(p_lanes) c WHERE c.lane_id <> ALL (v_held) ORDER BY c.lane_id);
END $$;

CREATE OR REPLACE FUNCTION census.release_worker(p_worker bigint) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_scan integer;
  v_gap interval;
  v_rows bigint;
  v_total bigint := 0;
BEGIN
  UPDATE worker SET state = 'retired', ended_at = now() WHERE id = p_worker AND state = 'active';
  FOR v_scan, v_gap IN SELECT s.id, s.lane_gap FROM scan s WHERE s.finished_at IS NULL ORDER BY s.id LOOP
    UPDATE resolve_batch b SET state = 'ready', worker_id = NULL, request = NULL
    WHERE b.scan_id = v_scan AND b.id IN (
      SELECT k.id FROM resolve_batch k WHERE k.scan_id = v_scan AND k.state = 'leased' AND k.worker_id = p_worker
      ORDER BY k.id FOR UPDATE);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    UPDATE lane l SET state = 'ready', worker_id = NULL, request = NULL,
      rest_until = now() + lane_rest(v_gap, l.slowdown),
      ready_at = greatest(now() + lane_rest(v_gap, l.slowdown), l.ready_at)
    WHERE l.scan_id = v_scan AND l.id IN (
      SELECT k.id FROM lane k WHERE k.scan_id = v_scan AND k.state = 'leased' AND k.worker_id = p_worker
      ORDER BY k.id FOR UPDATE);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
  END LOOP;
  RETURN v_total;
END $$;

-- Rows that somebody else has locked are left alone: whoever has them either completes them, or the next round sees them.
CREATE OR REPLACE FUNCTION census.reap_expired() RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_scan integer;
  v_gap interval;
  v_rows bigint;
  v_total bigint := 0;
BEGIN
  UPDATE worker SET state = 'lost', ended_at = now()
  WHERE id IN (SELECT w.id FROM worker w WHERE w.state = 'active' AND w.lease_until <= now() FOR UPDATE SKIP LOCKED);
  FOR v_scan, v_gap IN SELECT s.id, s.reclaim_gap FROM scan s WHERE s.finished_at IS NULL ORDER BY s.id LOOP
    WITH gone AS MATERIALIZED (
      SELECT b.id, w.name FROM resolve_batch b JOIN worker w ON w.id = b.worker_id
      WHERE b.scan_id = v_scan AND b.state = 'leased' AND w.state <> 'active'
      ORDER BY b.id FOR UPDATE OF b SKIP LOCKED
    )
    UPDATE resolve_batch b SET
      state = CASE WHEN b.attempts + 1 >= max_attempts() THEN 'dead' ELSE 'ready' END,
      worker_id = NULL, request = NULL, attempts = b.attempts + 1,
      last_error = format('worker %s (%s) vanished', b.worker_id, gone.name)
    FROM gone WHERE b.scan_id = v_scan AND b.id = gone.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
    WITH gone AS MATERIALIZED (
      SELECT l.id, w.name FROM lane l JOIN worker w ON w.id = l.worker_id
      WHERE l.scan_id = v_scan AND l.state = 'leased' AND w.state <> 'active'
      ORDER BY l.id FOR UPDATE OF l SKIP LOCKED
    )
    UPDATE lane l SET
      state = CASE WHEN l.attempts + 1 >= max_attempts() THEN 'dead' ELSE 'ready' END,
      worker_id = NULL, request = NULL, attempts = l.attempts + 1,
      last_error = format('worker %s (%s) vanished', l.worker_id, gone.name),
      rest_until = now() + lane_rest(v_gap, l.slowdown),
      ready_at = greatest(now() + lane_rest(v_gap, l.slowdown), l.ready_at)
    FROM gone WHERE l.scan_id = v_scan AND l.id = gone.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
  END LOOP;
  RETURN v_total;
END $$;
