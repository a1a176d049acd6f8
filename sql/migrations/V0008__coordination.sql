-- What coordinators do, and how workers leave. The terms and the life of a batch are explained in V0004.
-- Any number of coordinators may call these at the same time.

CREATE FUNCTION census.release_worker(p_worker bigint) RETURNS bigint
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
    UPDATE lane l SET state = 'ready', worker_id = NULL, request = NULL, rest_until = now() + v_gap,
      ready_at = greatest(now() + v_gap, l.ready_at)
    WHERE l.scan_id = v_scan AND l.id IN (
      SELECT k.id FROM lane k WHERE k.scan_id = v_scan AND k.state = 'leased' AND k.worker_id = p_worker
      ORDER BY k.id FOR UPDATE);
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
  END LOOP;
  RETURN v_total;
END $$;
COMMENT ON FUNCTION census.release_worker(bigint) IS
  'Ends a worker that has stopped probing: hands all its leases back at once. Returns how many there were.';

-- Rows that somebody else has locked are left alone: whoever has them either completes them, or the next round sees them.
CREATE FUNCTION census.reap_expired() RETURNS bigint
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
      rest_until = now() + v_gap, ready_at = greatest(now() + v_gap, l.ready_at)
    FROM gone WHERE l.scan_id = v_scan AND l.id = gone.id;
    GET DIAGNOSTICS v_rows = ROW_COUNT;
    v_total := v_total + v_rows;
  END LOOP;
  RETURN v_total;
END $$;
COMMENT ON FUNCTION census.reap_expired() IS
  'Takes back the leases of workers that sent no heartbeat in time, and of workers that ended. Returns how many.';

-- Planning, adding up and finishing of one scan are done by one transaction at a time.
CREATE FUNCTION census.lock_planning(p_scan integer) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp AS $$
  SELECT pg_advisory_xact_lock(hashtext('mxcensus planning'), p_scan)
$$;
COMMENT ON FUNCTION census.lock_planning(integer) IS 'Waits until this transaction is the only one that plans this scan.';

CREATE FUNCTION census.add_up_progress(p_scan integer) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp AS $$
  WITH taken AS (DELETE FROM progress_delta WHERE scan_id = p_scan RETURNING *),
  sums AS (
    SELECT sum(domains_resolved) AS domains_resolved, sum(hosts) AS hosts, sum(targets) AS targets,
      sum(targets_done) AS targets_done
    FROM taken HAVING count(*) > 0
  )
  UPDATE progress p SET domains_resolved = p.domains_resolved + s.domains_resolved, hosts = p.hosts + s.hosts,
    targets = p.targets + s.targets, targets_done = p.targets_done + s.targets_done
  FROM sums s WHERE p.scan_id = p_scan
$$;
COMMENT ON FUNCTION census.add_up_progress(integer) IS 'Part of plan_probes: moves progress_delta into progress.';

CREATE FUNCTION census.politeness_network(p_address inet) RETURNS cidr
LANGUAGE sql IMMUTABLE AS $$
  SELECT network(set_masklen(p_address, CASE family(p_address) WHEN 4 THEN 24 ELSE 48 END))
$$;
COMMENT ON FUNCTION census.politeness_network(inet) IS 'The network whose limits hold for an address: its /24 or /48.';

CREATE FUNCTION census.plan_probes(p_scan integer, p_max integer DEFAULT 10000) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_hosts bigint[];
  v_ordinals smallint[];
BEGIN
  PERFORM lock_planning(p_scan);
  PERFORM add_up_progress(p_scan);
  WITH taken AS (
    DELETE FROM probe_queue WHERE scan_id = p_scan AND host_id IN (
      SELECT q.host_id FROM probe_queue q WHERE q.scan_id = p_scan ORDER BY q.host_id LIMIT p_max)
    RETURNING host_id, ordinal
  )
  SELECT coalesce(array_agg(host_id), '{}'), array_agg(ordinal) INTO v_hosts, v_ordinals FROM taken;
  IF cardinality(v_hosts) = 0 THEN
    RETURN 0;
  END IF;
  INSERT INTO lane (scan_id, id, network, state, slot, size_class, pending, targets_total, ready_at)
  SELECT p_scan, nextval('lane_id_seq'), n.network, 'idle', floor(random() * lane_slots()), 0, 0, 0, 'infinity'
  FROM (
    SELECT DISTINCT politeness_network(a.address) AS network
    FROM unnest(v_hosts, v_ordinals) AS q (host_id, ordinal)
    JOIN host_address a ON a.scan_id = p_scan AND a.host_id = q.host_id AND a.ordinal = q.ordinal
    ORDER BY network
  ) n
  WHERE NOT EXISTS (SELECT FROM lane l WHERE l.scan_id = p_scan AND l.network = n.network);
  PERFORM FROM lane l WHERE l.scan_id = p_scan AND l.network IN (
    SELECT politeness_network(a.address)
    FROM unnest(v_hosts, v_ordinals) AS q (host_id, ordinal)
    JOIN host_address a ON a.scan_id = p_scan AND a.host_id = q.host_id AND a.ordinal = q.ordinal)
  ORDER BY l.id FOR UPDATE;
  PERFORM add_targets(p_scan, v_hosts, v_ordinals);
  RETURN cardinality(v_hosts);
END $$;
COMMENT ON FUNCTION census.plan_probes(integer, integer) IS
  'Puts up to p_max queued host addresses into their lanes. Returns how many: 0 when nothing is queued.';

CREATE FUNCTION census.add_targets(p_scan integer, p_hosts bigint[], p_ordinals smallint[]) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp AS $$
  WITH added AS (
    INSERT INTO probe_target (scan_id, host_id, id, lane_id, ordinal, attempt, address, not_before, has_next)
    SELECT p_scan, q.host_id, nextval('probe_target_id_seq'), l.id, q.ordinal, 1, a.address, now(),
      EXISTS (SELECT FROM host_address f
        WHERE f.scan_id = p_scan AND f.host_id = q.host_id AND f.ordinal = q.ordinal + 1 AND f.permitted)
    FROM unnest(p_hosts, p_ordinals) AS q (host_id, ordinal)
    JOIN host_address a ON a.scan_id = p_scan AND a.host_id = q.host_id AND a.ordinal = q.ordinal
    JOIN lane l ON l.scan_id = p_scan AND l.network = politeness_network(a.address)
    RETURNING lane_id
  ), counts AS (
    SELECT lane_id, count(*) AS targets FROM added GROUP BY lane_id
  )
  UPDATE lane l SET
    pending = l.pending + c.targets, targets_total = l.targets_total + c.targets,
    size_class = size_class(l.pending + c.targets),
    state = CASE l.state WHEN 'idle' THEN 'ready' ELSE l.state END,
    ready_at = CASE WHEN l.state IN ('idle', 'ready') THEN greatest(l.rest_until, now()) ELSE l.ready_at END
  FROM counts c WHERE l.scan_id = p_scan AND l.id = c.lane_id
$$;
COMMENT ON FUNCTION census.add_targets(integer, bigint[], smallint[]) IS
  'Part of plan_probes: new targets in lanes that the caller has locked.';

CREATE FUNCTION census.scan_progress(
  p_scan integer, OUT domains bigint, OUT domains_resolved bigint, OUT hosts bigint, OUT targets bigint,
  OUT targets_done bigint, OUT dead_batches bigint, OUT complete boolean
)
LANGUAGE sql STABLE SET search_path = census, pg_temp AS $$
  SELECT s.domains, p.domains_resolved + coalesce(d.domains_resolved, 0), p.hosts + coalesce(d.hosts, 0),
    p.targets + coalesce(d.targets, 0), p.targets_done + coalesce(d.targets_done, 0),
    (SELECT count(*) FROM resolve_batch b WHERE b.scan_id = p_scan AND b.state = 'dead')
      + (SELECT count(*) FROM lane l WHERE l.scan_id = p_scan AND l.state = 'dead'),
    NOT EXISTS (SELECT FROM resolve_batch b WHERE b.scan_id = p_scan AND b.state = 'ready')
      AND NOT EXISTS (SELECT FROM resolve_batch b WHERE b.scan_id = p_scan AND b.state = 'leased')
      AND NOT EXISTS (SELECT FROM lane l WHERE l.scan_id = p_scan AND l.state = 'ready')
      AND NOT EXISTS (SELECT FROM lane l WHERE l.scan_id = p_scan AND l.state = 'leased')
      AND NOT EXISTS (SELECT FROM probe_queue q WHERE q.scan_id = p_scan)
  FROM scan s
  JOIN progress p ON p.scan_id = s.id
  CROSS JOIN LATERAL (
    SELECT sum(x.domains_resolved)::bigint AS domains_resolved, sum(x.hosts)::bigint AS hosts,
      sum(x.targets)::bigint AS targets, sum(x.targets_done)::bigint AS targets_done
    FROM progress_delta x WHERE x.scan_id = p_scan
  ) d
  WHERE s.id = p_scan
$$;
COMMENT ON FUNCTION census.scan_progress(integer) IS
  'How far a scan is, as of one moment; complete: nothing is left to lease, to plan, or in anybody''s hands.';

CREATE FUNCTION census.finish_scan(p_scan integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_state text;
BEGIN
  SELECT state INTO v_state FROM scan WHERE id = p_scan;
  IF v_state IN ('finished', 'cancelled') THEN
    RETURN true;
  END IF;
  IF v_state IS DISTINCT FROM 'running' OR NOT (SELECT complete FROM scan_progress(p_scan)) THEN
    RETURN false;
  END IF;
  PERFORM lock_planning(p_scan);
  -- Asked again under the lock: another coordinator may have planned, or finished the scan.
  SELECT state INTO v_state FROM scan WHERE id = p_scan FOR UPDATE;
  IF v_state <> 'running' OR NOT (SELECT complete FROM scan_progress(p_scan)) THEN
    RETURN v_state = 'finished';
  END IF;
  PERFORM add_up_progress(p_scan);
  -- Every domain ends in exactly one state, also those of batches that were given up.
  INSERT INTO domain_result (scan_id, domain_id, weight, status, failure, dnssec)
  SELECT p_scan, d.id, d.weight, 'dns_failure', NULL, 'indeterminate'
  FROM resolve_batch b
  JOIN scan s ON s.id = b.scan_id
  JOIN domain d ON d.list_id = s.list_id AND d.id BETWEEN b.first_domain AND b.last_domain
  WHERE b.scan_id = p_scan AND b.state = 'dead';
  PERFORM roll_up(p_scan);
  UPDATE scan SET state = 'finished', finished_at = now() WHERE id = p_scan;
  RETURN true;
END $$;
COMMENT ON FUNCTION census.finish_scan(integer) IS
  'Rolls a running scan up and ends it if nothing is left to do. True when the scan has ended, now or before.';
