-- Only the networks of picked lanes are locked.
--
-- Conditions of one query are evaluated in the order that the planner likes, and it may try the lock first, on every lane that
-- it walks by: other workers then find networks locked that nobody leases, and with some ten thousand lanes PostgreSQL runs out of
-- memory for locks. So the lanes are found first, and then their networks locked.

CREATE OR REPLACE FUNCTION census.lease_picked_lanes(p_scan integer, p_worker bigint, p_request bigint, p_picked bigint[])
RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  -- Only then, in a statement of its own, is looked who else has the network.
  v_locked bigint[] := ARRAY(
    WITH picked AS MATERIALIZED (
      SELECT l.id, l.network FROM lane l WHERE l.scan_id = p_scan AND l.id = ANY (p_picked)
    )
    SELECT p.id FROM picked p WHERE pg_try_advisory_xact_lock(hashtextextended(p.network::text, 7)));
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
