-- The MX hosts of a domain in its own row.
--
-- A row for each MX record was the largest part of a scan: 300 bytes a domain, of which its host and its preference are 29. Nobody
-- looks up a record without its domain, so it needs neither a header nor an index entry of its own. domain_mx is now a view.

ALTER TABLE census.domain_result
  ADD COLUMN mx_hosts bigint[] NOT NULL DEFAULT '{}' CHECK (array_position(mx_hosts, NULL) IS NULL),
  ADD COLUMN mx_preferences integer[] NOT NULL DEFAULT '{}'
    CHECK (cardinality(mx_preferences) = cardinality(mx_hosts) AND 0 <= ALL (mx_preferences) AND 65535 >= ALL (mx_preferences));
COMMENT ON COLUMN census.domain_result.mx_hosts IS 'Its MX hosts, by preference, then name; itself when it has an address and no MX.';
COMMENT ON COLUMN census.domain_result.mx_preferences IS 'Preference of each: lower is used first. 0 when the domain has no MX.';

-- Scans from before this migration. Rows are written anew instead of updated, which would leave the old ones behind.
DO $$
DECLARE
  v_scan integer;
BEGIN
  FOR v_scan IN SELECT id FROM census.scan LOOP
    EXECUTE format(
      'CREATE TEMPORARY TABLE moved ON COMMIT DROP AS
       SELECT r.domain_id, r.weight, r.scan_id, r.dnssec, r.failure, r.status, coalesce(m.hosts, ''{}'') AS mx_hosts,
         coalesce(m.preferences, ''{}'') AS mx_preferences
       FROM census.%1$I r
       LEFT JOIN (
         SELECT domain_id, array_agg(host_id ORDER BY ordinal) AS hosts, array_agg(preference ORDER BY ordinal) AS preferences
         FROM census.%2$I GROUP BY domain_id
       ) m USING (domain_id)', format('domain_result_s%s', v_scan), format('domain_mx_s%s', v_scan));
    EXECUTE format('TRUNCATE census.%I', format('domain_result_s%s', v_scan));
    EXECUTE format(
      'INSERT INTO census.%I (domain_id, weight, scan_id, dnssec, failure, status, mx_hosts, mx_preferences)
       SELECT domain_id, weight, scan_id, dnssec, failure, status, mx_hosts, mx_preferences FROM pg_temp.moved ORDER BY domain_id',
      format('domain_result_s%s', v_scan));
    DROP TABLE pg_temp.moved;
  END LOOP;
END $$;

CREATE OR REPLACE VIEW census.domain_status AS
SELECT s.id AS scan_id, s.name AS scan, d.name AS domain, r.weight, r.status, r.failure, r.dnssec, v.verdict,
  h.name AS primary_host, p.outcome AS primary_outcome, cardinality(r.mx_hosts)::bigint AS mx_hosts
FROM census.scan s
JOIN census.domain_result r ON r.scan_id = s.id
JOIN census.domain d ON d.list_id = s.list_id AND d.id = r.domain_id
LEFT JOIN census.domain_verdict v ON v.scan_id = r.scan_id AND v.domain_id = r.domain_id
LEFT JOIN census.mx_host h ON h.scan_id = r.scan_id AND h.id = v.primary_host_id
LEFT JOIN census.probe_result p ON p.scan_id = r.scan_id AND p.host_id = v.primary_host_id AND p.final;

DROP TABLE census.domain_mx;
CREATE VIEW census.domain_mx AS
SELECT r.domain_id, m.host_id, r.scan_id, m.preference, m.ordinal::smallint AS ordinal
FROM census.domain_result r,
  unnest(r.mx_hosts, r.mx_preferences) WITH ORDINALITY AS m (host_id, preference, ordinal);
COMMENT ON VIEW census.domain_mx IS 'The MX hosts of each domain, a row each. A domain without MX but with an address is its own, with preference 0.';
COMMENT ON COLUMN census.domain_mx.domain_id IS 'The domain.';
COMMENT ON COLUMN census.domain_mx.host_id IS 'The MX host.';
COMMENT ON COLUMN census.domain_mx.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_mx.preference IS 'Preference of the MX record: lower is used first.';
COMMENT ON COLUMN census.domain_mx.ordinal IS 'Place in the order by preference, then name, from 1.';

CREATE OR REPLACE FUNCTION census.scan_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[
    'resolve_batch', 'domain_result', 'mx_host', 'host_address', 'lane', 'probe_target', 'probe_queue', 'probe_result',
    'domain_verdict', 'summary_provider', 'host_change', 'domain_change', 'address_look']
$$;

CREATE FUNCTION census.refuse_host(p_batch integer, p_name text) RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'resolve batch % names the MX host ''%'' without saying what it is', p_batch, p_name USING ERRCODE = 'MX004';
END $$;
COMMENT ON FUNCTION census.refuse_host(integer, text) IS 'Part of complete_resolve: raises MX004.';

CREATE OR REPLACE FUNCTION census.complete_resolve(
  p_scan integer, p_batch integer, p_worker bigint, p_fence bigint, p_domains census.domain_answer[],
  p_hosts census.host_answer[]
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_batch resolve_batch := lock_resolve(p_scan, p_batch, p_worker, p_fence);
  v_rows bigint;
BEGIN
  PERFORM add_hosts(p_scan, p_hosts);
  INSERT INTO domain_result (scan_id, domain_id, weight, status, failure, dnssec, mx_hosts, mx_preferences)
  SELECT p_scan, d.id, d.weight, a.status, a.failure::dns_failure, a.dnssec::dnssec_status,
    ARRAY(
      -- One look at the index for each, whatever the planner thinks their number is; it would hash all hosts.
      SELECT coalesce((SELECT k.id FROM mx_host k WHERE k.scan_id = p_scan AND k.name = u.name), refuse_host(p_batch, u.name))
      FROM unnest(a.hosts) WITH ORDINALITY AS u (name, ordinal) ORDER BY u.ordinal),
    a.preferences
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
  UPDATE resolve_batch SET state = 'done', worker_id = NULL, request = NULL, attempts = 0
  WHERE scan_id = p_scan AND id = p_batch;
  INSERT INTO progress_delta (scan_id, domains_resolved) VALUES (p_scan, v_rows);
END $$;

-- The planner knows nothing of what comes out of an array, and for whole scans a wrong guess is hours. So it is given a table of
-- which it knows all, and no choice: a hash join, then a sort, whatever it thinks of their sizes.
DROP FUNCTION census.roll_up_domains(integer);
CREATE FUNCTION census.roll_up_domains(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp SET work_mem = '128MB' SET jit = off SET enable_nestloop = off
  SET enable_hashagg = off AS $$
BEGIN
  DELETE FROM domain_verdict WHERE scan_id = p_scan;
  DROP TABLE IF EXISTS pg_temp.seen_host;
  CREATE TEMPORARY TABLE seen_host ON COMMIT DROP AS
    SELECT h.host_id, h.protection, h.answered_smtp FROM host_result h WHERE h.scan_id = p_scan;
  ANALYZE pg_temp.seen_host;
  INSERT INTO domain_verdict (scan_id, domain_id, verdict, primary_host_id)
  SELECT p_scan, m.domain_id,
    CASE
      WHEN m.status IN ('null_mx', 'nxdomain', 'no_mail_host') THEN 'no_mail'
      WHEN m.status IN ('dns_failure', 'invalid_name', 'opted_out') THEN 'unresolved'
      WHEN m.seen = 0 THEN CASE WHEN m.unseen > 0 THEN 'unseen' ELSE 'unreachable' END
      WHEN m.trusted = m.seen THEN 'secure'
      WHEN m.trusted > 0 THEN 'partly_secure'
      WHEN m.encrypted = m.seen THEN 'encrypted'
      WHEN m.encrypted > 0 THEN 'partly_encrypted'
      ELSE 'plain'
    END,
    -- The lower 48 bits of the key: see below.
    m.primary_key & ((1::bigint << 48) - 1)
  FROM (
    SELECT e.domain_id, e.status,
      count(*) FILTER (WHERE h.protection IN ('trusted', 'encrypted', 'plain')) AS seen,
      count(*) FILTER (WHERE h.protection = 'trusted') AS trusted,
      count(*) FILTER (WHERE h.protection = 'encrypted') AS encrypted,
      count(*) FILTER (WHERE h.protection = 'unseen') AS unseen,
      -- First answering, then ordinal, and the host itself, in one number: a minimum is much cheaper than a sort in
      -- each of millions of groups.
      min((CASE WHEN h.answered_smtp THEN 0 ELSE 1::bigint << 62 END) | (e.ordinal::bigint << 48) | e.host_id)
        AS primary_key
    FROM (
      SELECT d.domain_id, d.status, d.host_id, array_position(d.mx_hosts, d.host_id) AS ordinal
      -- Unnested in the list of columns: in FROM it would be a nested loop.
      FROM (
        SELECT r.domain_id, r.status, r.mx_hosts, unnest(r.mx_hosts) AS host_id FROM domain_result r WHERE r.scan_id = p_scan
      ) d
      UNION ALL
      SELECT r.domain_id, r.status, NULL, NULL FROM domain_result r WHERE r.scan_id = p_scan AND r.mx_hosts = '{}'
    ) e
    LEFT JOIN pg_temp.seen_host h ON h.host_id = e.host_id
    GROUP BY e.domain_id, e.status
  ) m
  -- As the domains lie: the index is dense then, and quicker to make.
  ORDER BY m.domain_id;
  DROP TABLE pg_temp.seen_host;
END $$;
COMMENT ON FUNCTION census.roll_up_domains(integer) IS 'Part of roll_up: verdict and primary MX host of each domain.';

CREATE OR REPLACE FUNCTION census.roll_up(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_table text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('mxcensus roll-up'), p_scan);
  FOREACH v_table IN ARRAY ARRAY['domain_result', 'mx_host', 'probe_result'] LOOP
    EXECUTE format('ANALYZE census.%I', format('%s_s%s', v_table, p_scan));
  END LOOP;
  PERFORM roll_up_domains(p_scan);
  EXECUTE format('ANALYZE census.%I', format('domain_verdict_s%s', p_scan));
  PERFORM roll_up_summary(p_scan);
  PERFORM roll_up_looks(p_scan);
  UPDATE scan SET rolled_up_at = now() WHERE id = p_scan;
END $$;
