-- Queues that empty and fill again.
--
-- The planner takes the number of rows from the size of the file and from how full its pages were when a vacuum or ANALYZE last
-- looked. One that came when the queue was empty says that all pages are, however many rows come later: at 8 million domains
-- 230,000 hosts were taken for one, the queue was joined with itself by a nested loop, and the next ten thousand targets took
-- 150 s to plan instead of milliseconds; the workers had nothing to do meanwhile.

CREATE FUNCTION census.analyze_misjudged(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_table text;
BEGIN
  FOR v_table IN
    SELECT c.relname FROM unnest(scan_tables()) AS parent (name)
    JOIN pg_class c ON c.relnamespace = 'census'::regnamespace AND c.relname = format('%s_s%s', parent.name, p_scan)
    CROSS JOIN pg_stat_get_live_tuples(c.oid) AS live (rows)
    -- Fewer rows are read as fast without an index. Rows of transactions that are still open do not count: a look that finds
    -- none but theirs would say that the partition is empty.
    WHERE live.rows >= 1000
      -- What the planner expects; nothing where nobody looked yet.
      AND live.rows > 8 * greatest(c.reltuples, 0) / greatest(c.relpages, 1)
        * (pg_relation_size(c.oid) / current_setting('block_size')::integer)
  LOOP
    -- Autovacuum may be at it: that will do.
    EXECUTE format('ANALYZE (SKIP_LOCKED) census.%I', v_table);
  END LOOP;
END $$;
COMMENT ON FUNCTION census.analyze_misjudged(integer) IS
  'Part of plan_probes: gives the planner statistics of the partitions of a scan that have none, or eight times the rows that it expects.';

CREATE OR REPLACE FUNCTION census.plan_probes(p_scan integer, p_max integer DEFAULT 10000) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_hosts bigint[];
  v_ordinals smallint[];
BEGIN
  PERFORM lock_planning(p_scan);
  PERFORM analyze_misjudged(p_scan);
  PERFORM add_up_progress(p_scan);
  WITH taken AS (
    -- A range of the primary key, not a join: whatever the planner thinks of the queue's length, each row is looked at once.
    DELETE FROM probe_queue WHERE scan_id = p_scan AND host_id <= (
      SELECT max(first.host_id) FROM (
        SELECT q.host_id FROM probe_queue q WHERE q.scan_id = p_scan ORDER BY q.host_id LIMIT p_max) AS first)
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

DROP FUNCTION census.analyze_young(integer);
