-- How PostgreSQL plans what running scans ask.
--
-- In a partition that was never analyzed it assumes rows of 200 scans and expects one row in 200: to find a lane's targets it
-- read the whole primary key, whose first column is the scan, and to find a batch's hosts all hosts. Autovacuum comes once a
-- minute, so small scans never had statistics, and large ones not in their first minute. One look is enough: later the planner
-- takes the number of rows from the size of the file.
--
-- What statistics cannot mend is the number of MX hosts in a batch, which the planner takes for ten a domain: from a hundred
-- thousand hosts on it hashed all of them for each batch.

CREATE FUNCTION census.analyze_young(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_table text;
BEGIN
  FOR v_table IN
    SELECT c.relname FROM unnest(scan_tables()) AS parent (name)
    JOIN pg_class c ON c.relnamespace = 'census'::regnamespace AND c.relname = format('%s_s%s', parent.name, p_scan)
    -- Fewer rows are read as fast without an index. Rows of transactions that are still open do not count: a look that finds
    -- none but theirs would say that the partition is empty.
    WHERE c.reltuples <= 0 AND pg_stat_get_live_tuples(c.oid) >= 1000
  LOOP
    -- Autovacuum may be at it: that will do.
    EXECUTE format('ANALYZE (SKIP_LOCKED) census.%I', v_table);
  END LOOP;
END $$;
COMMENT ON FUNCTION census.analyze_young(integer) IS
  'Part of plan_probes: gives the planner its first statistics of what a scan has written so far.';

CREATE OR REPLACE FUNCTION census.plan_probes(p_scan integer, p_max integer DEFAULT 10000) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_hosts bigint[];
  v_ordinals smallint[];
BEGIN
  PERFORM lock_planning(p_scan);
  PERFORM analyze_young(p_scan);
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

CREATE OR REPLACE FUNCTION census.complete_resolve(
  p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_domains census.domain_answer[],
  p_hosts census.host_answer[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_batch resolve_batch := lock_resolve(p_scan, p_batch, p_worker, p_fence);
  v_rows bigint;
  v_edges bigint;
BEGIN
  PERFORM add_hosts(p_scan, p_hosts);
  INSERT INTO domain_result (scan_id, domain_id, weight, status, failure, dnssec)
  SELECT p_scan, d.id, d.weight, a.status, a.failure::dns_failure, a.dnssec::dnssec_status
  FROM unnest(p_domains) a
  JOIN domain d ON d.list_id = (SELECT list_id FROM scan WHERE id = p_scan) AND d.id = a.domain_id
  WHERE a.domain_id BETWEEN v_batch.first_domain AND v_batch.last_domain
    AND EXISTS (SELECT FROM domain_status_code c WHERE c.code = a.status)
  ORDER BY d.id;
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  IF v_rows <> v_batch.last_domain - v_batch.first_domain + 1 THEN
    RAISE EXCEPTION 'resolve batch % needs an answer for each of its domains % to %; % were good', p_batch,
      v_batch.first_domain, v_batch.last_domain, v_rows USING ERRCODE = 'MX004';
  END IF;
  INSERT INTO domain_mx (scan_id, domain_id, ordinal, preference, host_id)
  SELECT p_scan, a.domain_id, u.ordinal, u.preference, h.id
  FROM unnest(p_domains) a, unnest(a.preferences, a.hosts) WITH ORDINALITY AS u (preference, host, ordinal),
    -- OFFSET 0: one look at the index for each, whatever the planner thinks their number is; it would hash all hosts.
    LATERAL (SELECT k.id FROM mx_host k WHERE k.scan_id = p_scan AND k.name = u.host OFFSET 0) h
  ORDER BY a.domain_id, u.ordinal;
  GET DIAGNOSTICS v_edges = ROW_COUNT;
  IF v_edges <> (SELECT coalesce(sum(cardinality(a.hosts)), 0) FROM unnest(p_domains) a) THEN
    RAISE EXCEPTION 'resolve batch % names an MX host without saying what it is', p_batch USING ERRCODE = 'MX004';
  END IF;
  UPDATE resolve_batch SET state = 'done', worker_id = NULL, request = NULL, attempts = 0
  WHERE scan_id = p_scan AND id = p_batch;
  INSERT INTO progress_delta (scan_id, domains_resolved) VALUES (p_scan, v_rows);
END $$;
