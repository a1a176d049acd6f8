-- Workers, and the resolve batches they lease. The terms and the life of a batch are explained in V0004.
-- SQLSTATE MX001: the lease is lost. Nothing was written.

CREATE FUNCTION census.register_worker(
  p_name text, p_lease_seconds double precision, OUT worker bigint, OUT remaining double precision
)
LANGUAGE sql SET search_path = census, pg_temp AS $$
  INSERT INTO worker (name, lease_length, lease_until)
  VALUES (p_name, make_interval(secs => p_lease_seconds), now() + make_interval(secs => p_lease_seconds))
  RETURNING id, p_lease_seconds
$$;
COMMENT ON FUNCTION census.register_worker(text, double precision) IS
  'Registers one incarnation of a worker. Returns its number and how many seconds its leases last without a heartbeat.';

-- now() is when the statement began: should the row be locked for a while, the lease ends sooner rather than later.
CREATE FUNCTION census.heartbeat(p_worker bigint) RETURNS double precision
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_length interval;
BEGIN
  UPDATE worker SET lease_until = now() + lease_length WHERE id = p_worker AND state = 'active'
  RETURNING lease_length INTO v_length;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the leases of worker % were taken back', p_worker USING ERRCODE = 'MX001';
  END IF;
  RETURN extract(epoch FROM v_length);
END $$;
COMMENT ON FUNCTION census.heartbeat(bigint) IS 'Renews all leases of a worker. Returns how many seconds they last from now.';

CREATE FUNCTION census.require_active(p_worker bigint) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
BEGIN
  PERFORM FROM worker WHERE id = p_worker AND state = 'active';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'worker % has no leases any more', p_worker USING ERRCODE = 'MX001';
  END IF;
END $$;
COMMENT ON FUNCTION census.require_active(bigint) IS 'Fails when the worker was retired or lost.';

CREATE FUNCTION census.release_requests(p_worker bigint, p_requests bigint[]) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp SET enable_seqscan = off
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_scan integer;
BEGIN
  IF cardinality(p_requests) = 0 THEN
    RETURN;
  END IF;
  FOR v_scan IN SELECT s.id FROM scan s WHERE s.finished_at IS NULL ORDER BY s.id LOOP
    UPDATE resolve_batch b SET state = 'ready', worker_id = NULL, request = NULL
    WHERE b.scan_id = v_scan AND b.state = 'leased' AND b.worker_id = p_worker AND b.request = ANY (p_requests);
    UPDATE lane l SET state = 'ready', worker_id = NULL, request = NULL
    WHERE l.scan_id = v_scan AND l.state = 'leased' AND l.worker_id = p_worker AND l.request = ANY (p_requests);
  END LOOP;
END $$;
COMMENT ON FUNCTION census.release_requests(bigint, bigint[]) IS
  'Hands back what lease calls of this worker took whose answer it never got.';

CREATE FUNCTION census.lease_resolve(p_worker bigint, p_max integer, p_request bigint, p_unanswered bigint[] DEFAULT '{}')
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
  FOR v_scan, v_list IN SELECT s.id, s.list_id FROM scan s WHERE s.state = 'running' ORDER BY s.id LOOP
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
COMMENT ON FUNCTION census.lease_resolve(bigint, integer, bigint, bigint[]) IS
  'Leases up to p_max resolve batches of running scans. p_request numbers the call; what the calls p_unanswered took goes back first. One row a domain.';

CREATE FUNCTION census.lock_resolve(p_scan integer, p_batch integer, p_worker bigint, p_fence bigint)
RETURNS census.resolve_batch
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_batch resolve_batch;
BEGIN
  SELECT * INTO v_batch FROM resolve_batch b
  WHERE b.scan_id = p_scan AND b.id = p_batch AND b.state = 'leased' AND b.worker_id = p_worker AND b.fence = p_fence
  FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the lease of resolve batch % of scan % is lost', p_batch, p_scan USING ERRCODE = 'MX001';
  END IF;
  RETURN v_batch;
END $$;
COMMENT ON FUNCTION census.lock_resolve(integer, integer, bigint, bigint) IS
  'Locks a leased batch, or fails when the lease is lost.';

CREATE TYPE census.domain_answer AS (
  domain_id bigint, status text, failure text, dnssec text, preferences integer[], hosts text[]
);
COMMENT ON TYPE census.domain_answer IS 'What a worker found about one domain: its MX hosts in order.';
CREATE TYPE census.host_answer AS (
  name text, provider text, status text, failure text, dnssec text, addresses inet[], permitted integer
);
COMMENT ON TYPE census.host_answer IS 'What a worker found about one MX host: its addresses, the first "permitted" of which may be contacted, in order.';

-- The first batch that brings a host decides what is known of it. Names are inserted in order, so that two batches with
-- the same hosts wait for each other but never deadlock.
CREATE FUNCTION census.add_hosts(p_scan integer, p_hosts census.host_answer[]) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_hosts bigint;
  v_targets bigint;
BEGIN
  WITH added AS (
    INSERT INTO mx_host (scan_id, id, name, provider, status, failure, dnssec)
    SELECT p_scan, nextval('mx_host_id_seq'), a.name, a.provider, a.status, a.failure, a.dnssec
    FROM (
      SELECT n.name COLLATE "C" AS name, n.provider, n.status, n.failure::dns_failure AS failure,
        n.dnssec::dnssec_status AS dnssec
      FROM unnest(p_hosts) n
      WHERE NOT EXISTS (SELECT FROM mx_host k WHERE k.scan_id = p_scan AND k.name = n.name)
      ORDER BY n.name COLLATE "C"
    ) a
    ON CONFLICT (scan_id, name) DO NOTHING
    RETURNING id, name
  ), addresses AS (
    INSERT INTO host_address (scan_id, host_id, ordinal, permitted, address)
    SELECT p_scan, added.id, u.ordinal, u.ordinal <= a.permitted, u.address
    FROM added JOIN unnest(p_hosts) a ON a.name = added.name, unnest(a.addresses) WITH ORDINALITY AS u (address, ordinal)
  ), queued AS (
    INSERT INTO probe_queue (scan_id, host_id, ordinal)
    SELECT p_scan, added.id, 1 FROM added JOIN unnest(p_hosts) a ON a.name = added.name
    WHERE a.permitted > 0 AND a.status = 'ok'
    RETURNING host_id
  )
  SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM queued) INTO v_hosts, v_targets;
  INSERT INTO progress_delta (scan_id, hosts, targets) VALUES (p_scan, v_hosts, v_targets);
END $$;
COMMENT ON FUNCTION census.add_hosts(integer, census.host_answer[]) IS
  'Part of complete_resolve: stores hosts that the scan has not met yet, and queues them for probing.';

CREATE FUNCTION census.complete_resolve(
  p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_domains census.domain_answer[],
  p_hosts census.host_answer[]
) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
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
  FROM unnest(p_domains) a, unnest(a.preferences, a.hosts) WITH ORDINALITY AS u (preference, host, ordinal)
  JOIN mx_host h ON h.scan_id = p_scan AND h.name = u.host
  ORDER BY a.domain_id, u.ordinal;
  GET DIAGNOSTICS v_edges = ROW_COUNT;
  IF v_edges <> (SELECT coalesce(sum(cardinality(a.hosts)), 0) FROM unnest(p_domains) a) THEN
    RAISE EXCEPTION 'resolve batch % names an MX host without saying what it is', p_batch USING ERRCODE = 'MX004';
  END IF;
  UPDATE resolve_batch SET state = 'done', worker_id = NULL, request = NULL, attempts = 0
  WHERE scan_id = p_scan AND id = p_batch;
  INSERT INTO progress_delta (scan_id, domains_resolved) VALUES (p_scan, v_rows);
END $$;
COMMENT ON FUNCTION census.complete_resolve(integer, integer, bigint, bigint, census.domain_answer[], census.host_answer[]) IS
  'Ends a leased resolve batch with the results of all its domains, or writes nothing (MX001: the lease is lost).';

CREATE FUNCTION census.max_attempts() RETURNS integer
LANGUAGE sql IMMUTABLE AS 'SELECT 5';
COMMENT ON FUNCTION census.max_attempts() IS 'After so many leases in a row without a result a batch is dead.';

CREATE FUNCTION census.fail_resolve(
  p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_error text
) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_batch resolve_batch := lock_resolve(p_scan, p_batch, p_worker, p_fence);
BEGIN
  UPDATE resolve_batch SET
    state = CASE WHEN attempts + 1 >= max_attempts() THEN 'dead' ELSE 'ready' END,
    worker_id = NULL, request = NULL, attempts = attempts + 1, last_error = p_error,
    ready_at = now() + make_interval(secs => 2 ^ attempts)
  WHERE scan_id = p_scan AND id = v_batch.id;
END $$;
COMMENT ON FUNCTION census.fail_resolve(integer, integer, bigint, bigint, text) IS
  'Gives a leased resolve batch back with an error: tried again later, and dead after max_attempts().';
