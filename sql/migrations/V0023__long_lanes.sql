-- Long lanes: the longest lane bounds a scan, so it is leased first and never waits for its last probe.
--
-- HOW LONG A LANE WILL TAKE
--   grows with its targets and, two to that power, with its slowdown. So lanes are leased by size_class + slowdown: the
--   binary logarithm of what remains at the pace that the network has now.
--
-- WHY A LEASE IS CONTINUED
--   A lease holds few targets, so that little is lost with a worker. At its end the network would stand idle until the
--   last probe has ended, which takes up to the longest deadline where a host is silent, and until the lane is leased anew.
--   A worker that is about to run out of targets therefore hands in what it has found, and gets further targets
--   under the same lease: a lane with many targets is served without a gap. It gets none, and so ends its lease, when somebody
--   else waits who should go first: a longer lane, another scan.
--
-- WHAT CANNOT HAPPEN
--   * A result twice: the repetition of a continuation whose answer was lost finds none of its targets pending, since they
--     were all taken in one transaction, and writes nothing.
--   * A continuation of a lost lease: state, worker and fence are compared under the lock of the lane's row.

DROP INDEX census.lane_ready;
CREATE INDEX lane_ready ON census.lane ((size_class + slowdown) DESC, slot, ready_at) WHERE state = 'ready';

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
    SELECT l.size_class + l.slowdown INTO v_class FROM lane l
    WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class + l.slowdown < v_class
    ORDER BY l.size_class + l.slowdown DESC LIMIT 1;
    EXIT WHEN NOT FOUND;
    FOR v_from, v_to IN VALUES (v_start, 32767), (0, v_start - 1) LOOP
      v_picked := ARRAY(
        SELECT l.id FROM lane l
        WHERE l.scan_id = p_scan AND l.state = 'ready' AND l.size_class + l.slowdown = v_class
          AND l.slot BETWEEN v_from AND v_to AND l.ready_at <= now()
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

CREATE FUNCTION census.lane_should_yield(p_scan integer, p_lane bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
  SELECT s.state <> 'running'
    OR EXISTS (
      SELECT FROM lane o WHERE o.scan_id = p_scan AND o.state = 'ready'
        AND o.size_class + o.slowdown > l.size_class + l.slowdown AND o.ready_at <= now())
    OR EXISTS (
      SELECT FROM scan x JOIN lane o ON o.scan_id = x.id
      WHERE x.state = 'running' AND x.id <> p_scan AND o.network = l.network AND o.state = 'ready')
    OR EXISTS (
      SELECT FROM scan x JOIN lane o ON o.scan_id = x.id
      WHERE x.state = 'running' AND x.id <> p_scan AND o.state = 'ready' AND o.ready_at <= now())
  FROM lane l JOIN scan s ON s.id = l.scan_id
  WHERE l.scan_id = p_scan AND l.id = p_lane
$$;
COMMENT ON FUNCTION census.lane_should_yield(integer, bigint) IS
  'Part of continue_lane: somebody waits who goes before this lane (a longer one of its scan, or another scan), or its scan does not run.';

CREATE FUNCTION census.continue_lane(
  p_scan integer, p_worker bigint, p_lane bigint, p_fence bigint, p_results census.probe_record[],
  p_certificates census.certificate_record[], p_withdrawn census.withdrawal[], p_held bigint[], p_max integer
)
RETURNS TABLE (target_id bigint, host_id bigint, host text, address inet, attempt smallint, has_next boolean)
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
#variable_conflict use_column
DECLARE
  v_ended bigint := cardinality(p_withdrawn) + (SELECT count(*) FROM unnest(p_results) r WHERE r.next_step <> 'retry');
BEGIN
  PERFORM FROM lane l
  WHERE l.scan_id = p_scan AND l.id = p_lane AND l.state = 'leased' AND l.worker_id = p_worker AND l.fence = p_fence
  FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease of lane % of scan % is lost', p_lane, p_scan USING ERRCODE = 'MX001';
  END IF;
  IF EXISTS (
    SELECT FROM probe_target t WHERE t.scan_id = p_scan AND t.lane_id = p_lane AND (t.host_id, t.id) IN (
      SELECT r.host_id, r.target_id FROM unnest(p_results) r
      UNION ALL SELECT w.host_id, w.target_id FROM unnest(p_withdrawn) w))
  THEN
    PERFORM write_probes(p_scan, ARRAY[p_lane], p_results, p_certificates);
    PERFORM withdraw_targets(p_scan, ARRAY[p_lane], p_withdrawn);
    UPDATE lane l SET attempts = 0, pending = l.pending - v_ended, targets_done = l.targets_done + v_ended,
      size_class = size_class(l.pending - v_ended)
    WHERE l.scan_id = p_scan AND l.id = p_lane;
  END IF;
  IF lane_should_yield(p_scan, p_lane) THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT t.id, t.host_id, h.name, t.address, t.attempt, t.has_next
    FROM probe_target t JOIN mx_host h ON h.scan_id = p_scan AND h.id = t.host_id
    WHERE t.scan_id = p_scan AND t.lane_id = p_lane AND t.not_before <= now() AND t.id <> ALL (p_held)
    ORDER BY t.not_before, t.id LIMIT p_max;
END $$;
COMMENT ON FUNCTION census.continue_lane(integer, bigint, bigint, bigint, census.probe_record[], census.certificate_record[], census.withdrawal[], bigint[], integer) IS
  'Writes what a lease has found so far, and goes on with it: returns up to p_max further targets that are due and not among p_held, of which there must be one at least; none when the lane should yield. MX001: the lease is lost, and nothing was written.';

COMMENT ON COLUMN census.lane.size_class IS 'Binary logarithm of pending. With the slowdown added: lanes that take longest are leased first.';
