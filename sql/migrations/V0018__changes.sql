-- What changed since the last scan of the same list.
--
-- CONDITIONS. A host is good when it has trusted TLS, and broken when an SMTP server was heard without (protection encrypted
-- or plain). A domain is good when its verdict is secure, and broken when it is partly_secure, encrypted, partly_encrypted
-- or plain. Whatever could not be seen for certain (unseen, unreachable, a DNS failure) is no condition: the one before
-- stands. So a host that was broken, then silent, then broken is still broken, and one that was silent is never fixed.
--
-- CHANGES
--   appeared      seen for the first time: it was not there, or had never been seen
--   gone          it had a condition and is no longer there: no MX record names the host, or the domain takes no mail
--   fixed, broke  good now and broken before; broken now and good before
--   still_broken  broken now and before
-- A host is not gone while the names of a domain that used it could not be looked up.
--
-- Each scan keeps, in partitions of its own, a row for each change, and one for each condition that stands without having
-- been seen (unseen). So "since when" is carried on from scan to scan, and outlives scans that retention removes. What has
-- no row is good, or was never seen.

CREATE TABLE census.host_change (
  since timestamptz NOT NULL,
  scan_id integer NOT NULL,
  change text COLLATE "C" NOT NULL
    CHECK (change IN ('appeared', 'gone', 'fixed', 'broke', 'still_broken', 'unseen')),
  condition text COLLATE "C" NOT NULL CHECK (condition IN ('good', 'broken')),
  host text COLLATE "C" NOT NULL,
  PRIMARY KEY (scan_id, host)
) PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.host_change IS 'What changed at MX hosts since the scan before, and conditions that stand unseen.';
COMMENT ON COLUMN census.host_change.since IS 'Begin of the first scan that found the host in this condition; of this scan, when it is gone.';
COMMENT ON COLUMN census.host_change.scan_id IS 'The scan.';
COMMENT ON COLUMN census.host_change.change IS 'appeared, gone, fixed, broke or still_broken; unseen: the condition stands from before.';
COMMENT ON COLUMN census.host_change.condition IS 'good or broken: now, or before it was gone.';
COMMENT ON COLUMN census.host_change.host IS 'Name of the host.';

CREATE TABLE census.domain_change (
  domain_id bigint NOT NULL,
  since timestamptz NOT NULL,
  scan_id integer NOT NULL,
  change text COLLATE "C" NOT NULL
    CHECK (change IN ('appeared', 'gone', 'fixed', 'broke', 'still_broken', 'unseen')),
  condition text COLLATE "C" NOT NULL CHECK (condition IN ('good', 'broken')),
  PRIMARY KEY (scan_id, domain_id)
) PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.domain_change IS 'What changed at domains since the scan before, and conditions that stand unseen.';
COMMENT ON COLUMN census.domain_change.domain_id IS 'The domain.';
COMMENT ON COLUMN census.domain_change.since IS 'Begin of the first scan that found the domain in this condition; of this scan, when it is gone.';
COMMENT ON COLUMN census.domain_change.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_change.change IS 'appeared, gone, fixed, broke or still_broken; unseen: the condition stands from before.';
COMMENT ON COLUMN census.domain_change.condition IS 'good or broken: now, or before it was gone.';

ALTER TABLE census.scan ADD COLUMN previous_scan_id integer;
COMMENT ON COLUMN census.scan.previous_scan_id IS 'The scan with which its changes were computed; NULL before it is finished, and for the first of a list.';

CREATE OR REPLACE FUNCTION census.scan_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[
    'resolve_batch', 'domain_result', 'domain_mx', 'mx_host', 'host_address', 'lane', 'probe_target', 'probe_queue',
    'probe_result', 'domain_verdict', 'summary_provider', 'host_change', 'domain_change']
$$;

-- Scans from before this migration get empty ones.
DO $$
DECLARE
  v_scan integer;
  v_parent text;
BEGIN
  FOR v_scan IN SELECT id FROM census.scan LOOP
    FOREACH v_parent IN ARRAY ARRAY['host_change', 'domain_change'] LOOP
      EXECUTE format('CREATE TABLE census.%I PARTITION OF census.%I FOR VALUES IN (%s)',
        format('%s_s%s', v_parent, v_scan), v_parent, v_scan);
      EXECUTE format('ALTER TABLE census.%I ADD CHECK (scan_id = %s)', format('%s_s%s', v_parent, v_scan), v_scan);
    END LOOP;
  END LOOP;
END $$;

CREATE FUNCTION census.host_condition(p_protection text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN p_protection = 'trusted' THEN 'good' WHEN p_protection IN ('encrypted', 'plain') THEN 'broken' END
$$;
COMMENT ON FUNCTION census.host_condition(text) IS 'good or broken; NULL when that was not seen.';

CREATE FUNCTION census.domain_condition(p_verdict text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_verdict = 'secure' THEN 'good'
    WHEN p_verdict IN ('partly_secure', 'encrypted', 'partly_encrypted', 'plain') THEN 'broken'
  END
$$;
COMMENT ON FUNCTION census.domain_condition(text) IS 'good or broken; NULL when that was not seen.';

CREATE FUNCTION census.change_of(p_before text, p_now text, p_gone boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_gone THEN CASE WHEN p_before IS NOT NULL THEN 'gone' END
    WHEN p_now IS NULL THEN CASE WHEN p_before IS NOT NULL THEN 'unseen' END
    WHEN p_before IS NULL THEN 'appeared'
    WHEN p_now = 'broken' THEN CASE p_before WHEN 'broken' THEN 'still_broken' ELSE 'broke' END
    WHEN p_before = 'broken' THEN 'fixed'
  END
$$;
COMMENT ON FUNCTION census.change_of(text, text, boolean) IS
  'The change between two conditions, each NULL when there is none; NULL when there is no change to keep.';

-- $2 may be NULL: the first scan of a list has no scan before it.
CREATE FUNCTION census.compare_hosts(p_scan integer, p_previous integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp SET work_mem = '128MB' SET jit = off AS $$
DECLARE
  v_begin timestamptz := (SELECT created_at FROM scan WHERE id = p_scan);
  v_before timestamptz := (SELECT created_at FROM scan WHERE id = p_previous);
BEGIN
  DELETE FROM host_change WHERE scan_id = p_scan;
  -- Hosts of domains of which nothing could be learnt this time.
  WITH uncertain AS MATERIALIZED (
    SELECT DISTINCT h.name
    FROM domain_result r
    JOIN domain_mx e ON e.scan_id = p_previous AND e.domain_id = r.domain_id
    JOIN mx_host h ON h.scan_id = p_previous AND h.id = e.host_id
    WHERE r.scan_id = p_scan AND r.status IN ('dns_failure', 'opted_out')
  )
  INSERT INTO host_change (scan_id, host, change, condition, since)
  SELECT p_scan, x.host, x.change, coalesce(x.now, x.before),
    CASE WHEN x.change IN ('still_broken', 'unseen') THEN coalesce(x.since, v_before, v_begin) ELSE v_begin END
  FROM (
    SELECT coalesce(n.host, b.host) AS host, b.condition AS before, n.condition AS now, b.since,
      change_of(b.condition, n.condition, n.host IS NULL AND u.name IS NULL) AS change
    FROM (
      SELECT host, host_condition(protection) AS condition FROM host_result WHERE scan_id = p_scan
    ) n
    FULL JOIN (
      SELECT coalesce(c.host, h.host) AS host, coalesce(c.condition, h.condition) AS condition, c.since
      FROM (SELECT host, host_condition(protection) AS condition FROM host_result WHERE scan_id = p_previous) h
      FULL JOIN (SELECT * FROM host_change WHERE scan_id = p_previous) c ON c.host = h.host
      WHERE c.change IS DISTINCT FROM 'gone'
    ) b ON b.host = n.host
    LEFT JOIN uncertain u ON u.name = b.host
  ) x
  WHERE x.change IS NOT NULL AND (p_previous IS NOT NULL OR coalesce(x.now, x.before) = 'broken');
END $$;
COMMENT ON FUNCTION census.compare_hosts(integer, integer) IS 'Part of compare_scan: changes of MX hosts.';

CREATE FUNCTION census.compare_domains(p_scan integer, p_previous integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp SET work_mem = '128MB' SET jit = off AS $$
DECLARE
  v_begin timestamptz := (SELECT created_at FROM scan WHERE id = p_scan);
  v_before timestamptz := (SELECT created_at FROM scan WHERE id = p_previous);
BEGIN
  DELETE FROM domain_change WHERE scan_id = p_scan;
  INSERT INTO domain_change (scan_id, domain_id, change, condition, since)
  SELECT p_scan, x.domain_id, x.change, coalesce(x.now, x.before),
    CASE WHEN x.change IN ('still_broken', 'unseen') THEN coalesce(x.since, v_before, v_begin) ELSE v_begin END
  FROM (
    SELECT n.domain_id, b.condition AS before, n.condition AS now, b.since,
      change_of(b.condition, n.condition, n.verdict = 'no_mail') AS change
    FROM (
      SELECT domain_id, verdict, domain_condition(verdict) AS condition FROM domain_verdict WHERE scan_id = p_scan
    ) n
    LEFT JOIN (
      SELECT v.domain_id, coalesce(c.condition, domain_condition(v.verdict)) AS condition, c.since
      FROM domain_verdict v
      LEFT JOIN domain_change c ON c.scan_id = p_previous AND c.domain_id = v.domain_id
      WHERE v.scan_id = p_previous AND c.change IS DISTINCT FROM 'gone'
    ) b ON b.domain_id = n.domain_id
  ) x
  WHERE x.change IS NOT NULL AND (p_previous IS NOT NULL OR coalesce(x.now, x.before) = 'broken');
END $$;
COMMENT ON FUNCTION census.compare_domains(integer, integer) IS 'Part of compare_scan: changes of domains.';

CREATE FUNCTION census.compare_scan(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_previous integer := (
    SELECT o.id FROM scan s JOIN scan o ON o.list_id = s.list_id AND o.id < s.id AND o.state = 'finished'
    WHERE s.id = p_scan ORDER BY o.id DESC LIMIT 1);
BEGIN
  PERFORM compare_hosts(p_scan, v_previous);
  PERFORM compare_domains(p_scan, v_previous);
  EXECUTE format('ANALYZE census.%I', format('host_change_s%s', p_scan));
  EXECUTE format('ANALYZE census.%I', format('domain_change_s%s', p_scan));
  UPDATE scan SET previous_scan_id = v_previous WHERE id = p_scan;
END $$;
COMMENT ON FUNCTION census.compare_scan(integer) IS
  'Computes what changed since the latest finished scan of the same list before this one. Safe to repeat.';

CREATE OR REPLACE FUNCTION census.complete_scan(p_scan integer) RETURNS void
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
  PERFORM compare_scan(p_scan);
END $$;

CREATE VIEW census.scan_change AS
SELECT s.id AS scan_id, s.name AS scan, s.previous_scan_id, 'host' AS kind, c.host AS name, c.change, c.since,
  h.outcome AS now, h.provider AS provider
FROM census.scan s
JOIN census.host_change c ON c.scan_id = s.id
LEFT JOIN census.host_result h ON h.scan_id = s.id AND h.host = c.host
WHERE s.previous_scan_id IS NOT NULL AND c.change <> 'unseen'
UNION ALL
SELECT s.id, s.name, s.previous_scan_id, 'domain', d.name, c.change, c.since, v.verdict, NULL
FROM census.scan s
JOIN census.domain_change c ON c.scan_id = s.id
JOIN census.domain d ON d.list_id = s.list_id AND d.id = c.domain_id
LEFT JOIN census.domain_verdict v ON v.scan_id = s.id AND v.domain_id = c.domain_id
WHERE s.previous_scan_id IS NOT NULL AND c.change <> 'unseen';
COMMENT ON VIEW census.scan_change IS 'What changed between a finished scan and the one before of the same list, for each MX host and each domain. V0018 says what each change means.';
COMMENT ON COLUMN census.scan_change.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.scan_change.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.scan_change.previous_scan_id IS 'The scan that it is compared with; it may have been removed since.';
COMMENT ON COLUMN census.scan_change.kind IS 'host or domain.';
COMMENT ON COLUMN census.scan_change.name IS 'Name of the host or domain.';
COMMENT ON COLUMN census.scan_change.change IS 'appeared, gone, fixed, broke or still_broken.';
COMMENT ON COLUMN census.scan_change.since IS 'Begin of the first scan that found it so.';
COMMENT ON COLUMN census.scan_change.now IS 'Outcome of the host, or verdict of the domain, in this scan; NULL when it is gone.';
COMMENT ON COLUMN census.scan_change.provider IS 'Of a host: registered domain by the public suffix list.';

CREATE VIEW census.scan_trend AS
SELECT t.scan_id, t.scan, t.list, t.started_at, t.finished_at, t.domains, t.hosts, t.seen_hosts, t.unseen_hosts,
  t.starttls_hosts, t.starttls_percent, t.trusted_hosts,
  round(100.0 * t.trusted_hosts / nullif(t.hosts, 0), 1) AS trusted_percent, t.failed_percent,
  t.starttls_percent - lag(t.starttls_percent) OVER of_list AS starttls_percent_change,
  round(100.0 * t.trusted_hosts / nullif(t.hosts, 0), 1)
    - lag(round(100.0 * t.trusted_hosts / nullif(t.hosts, 0), 1)) OVER of_list AS trusted_percent_change,
  c.appeared_hosts, c.gone_hosts, c.fixed_hosts, c.broke_hosts, c.still_broken_hosts
FROM census.scan_summary t
JOIN census.scan s ON s.id = t.scan_id
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE x.change = 'appeared') AS appeared_hosts,
    count(*) FILTER (WHERE x.change = 'gone') AS gone_hosts,
    count(*) FILTER (WHERE x.change = 'fixed') AS fixed_hosts,
    count(*) FILTER (WHERE x.change = 'broke') AS broke_hosts,
    count(*) FILTER (WHERE x.change = 'still_broken') AS still_broken_hosts
  FROM census.host_change x WHERE x.scan_id = s.id
) c ON s.previous_scan_id IS NOT NULL
WHERE s.state = 'finished'
WINDOW of_list AS (PARTITION BY s.list_id ORDER BY s.id);
COMMENT ON VIEW census.scan_trend IS 'One row a finished scan: how the figures of a list move from scan to scan.';
COMMENT ON COLUMN census.scan_trend.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.scan_trend.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.scan_trend.list IS 'Name of its list.';
COMMENT ON COLUMN census.scan_trend.started_at IS 'When it began.';
COMMENT ON COLUMN census.scan_trend.finished_at IS 'When it ended.';
COMMENT ON COLUMN census.scan_trend.domains IS 'Domains resolved.';
COMMENT ON COLUMN census.scan_trend.hosts IS 'Unique MX hosts.';
COMMENT ON COLUMN census.scan_trend.seen_hosts IS 'MX hosts of which it is known whether they offer STARTTLS.';
COMMENT ON COLUMN census.scan_trend.unseen_hosts IS 'MX hosts that could not be looked at.';
COMMENT ON COLUMN census.scan_trend.starttls_hosts IS 'MX hosts that offer STARTTLS.';
COMMENT ON COLUMN census.scan_trend.starttls_percent IS 'Those in percent of all unique MX hosts.';
COMMENT ON COLUMN census.scan_trend.trusted_hosts IS 'MX hosts with trusted TLS.';
COMMENT ON COLUMN census.scan_trend.trusted_percent IS 'Those in percent of all unique MX hosts.';
COMMENT ON COLUMN census.scan_trend.failed_percent IS 'Hosts that offer STARTTLS and certainly give no trusted TLS, in percent of those that offer it.';
COMMENT ON COLUMN census.scan_trend.starttls_percent_change IS 'Percentage points since the scan before of the list; NULL for the first.';
COMMENT ON COLUMN census.scan_trend.trusted_percent_change IS 'Percentage points since the scan before of the list; NULL for the first.';
COMMENT ON COLUMN census.scan_trend.appeared_hosts IS 'MX hosts seen for the first time; NULL, as the next ones, for the first scan of a list.';
COMMENT ON COLUMN census.scan_trend.gone_hosts IS 'MX hosts that are no longer there.';
COMMENT ON COLUMN census.scan_trend.fixed_hosts IS 'MX hosts with trusted TLS that had none before.';
COMMENT ON COLUMN census.scan_trend.broke_hosts IS 'MX hosts without trusted TLS that had it before.';
COMMENT ON COLUMN census.scan_trend.still_broken_hosts IS 'MX hosts without trusted TLS, now as before.';
