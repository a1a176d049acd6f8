-- What is kept, and what expires before anybody looks again.

CREATE TABLE census.retention (
  list_id integer REFERENCES census.list ON DELETE CASCADE,
  keep_scans integer CHECK (keep_scans >= 1),
  keep_months integer CHECK (keep_months >= 1),
  UNIQUE NULLS NOT DISTINCT (list_id),
  CHECK (keep_scans IS NOT NULL OR keep_months IS NOT NULL)
);
COMMENT ON TABLE census.retention IS 'How many scans of a list are kept. Without a row everything is.';
COMMENT ON COLUMN census.retention.list_id IS 'The list; NULL: every list without a row of its own.';
COMMENT ON COLUMN census.retention.keep_scans IS 'So many ended scans of the list are kept; NULL: no such limit.';
COMMENT ON COLUMN census.retention.keep_months IS 'Scans that ended so many months ago are not kept; NULL: no such limit.';

CREATE FUNCTION census.set_retention(p_list text, p_keep_scans integer, p_keep_months integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_list integer := (SELECT id FROM list WHERE name = p_list);
BEGIN
  IF p_list IS NOT NULL AND v_list IS NULL THEN
    RAISE EXCEPTION 'there is no list named ''%''', p_list USING ERRCODE = 'MX002';
  END IF;
  DELETE FROM retention WHERE list_id IS NOT DISTINCT FROM v_list;
  IF p_keep_scans IS NOT NULL OR p_keep_months IS NOT NULL THEN
    INSERT INTO retention (list_id, keep_scans, keep_months) VALUES (v_list, p_keep_scans, p_keep_months);
  END IF;
END $$;
COMMENT ON FUNCTION census.set_retention(text, integer, integer) IS
  'Sets what is kept of a list, or with NULL of every list without a rule of its own. With both limits NULL everything is.';

CREATE FUNCTION census.apply_retention(p_now timestamptz DEFAULT now()) RETURNS integer
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_scan integer := (
    SELECT e.id
    FROM (
      SELECT s.id, s.list_id, s.finished_at, row_number() OVER (PARTITION BY s.list_id ORDER BY s.id DESC) AS place,
        s.id = max(s.id) FILTER (WHERE s.state = 'finished') OVER (PARTITION BY s.list_id) AS is_latest
      FROM scan s WHERE s.finished_at IS NOT NULL
    ) e
    JOIN LATERAL (
      SELECT r.keep_scans, r.keep_months FROM retention r
      WHERE r.list_id = e.list_id OR r.list_id IS NULL
      ORDER BY r.list_id NULLS LAST LIMIT 1
    ) k ON true
    WHERE NOT e.is_latest IS TRUE
      AND (e.place > k.keep_scans OR e.finished_at < p_now - make_interval(months => k.keep_months))
    ORDER BY e.id LIMIT 1);
BEGIN
  IF v_scan IS NOT NULL THEN
    PERFORM drop_scan(v_scan);
  END IF;
  RETURN v_scan;
END $$;
COMMENT ON FUNCTION census.apply_retention(timestamptz) IS
  'Drops the oldest ended scan that is to be kept no longer, but never the latest finished one of its list. Returns its number; NULL when there is none.';

-- CERTIFICATES THAT NOBODY REFERS TO
--
-- Certificates and chains are shared by all scans, so dropping a scan leaves some behind. They are removed in two steps,
-- since finding them means reading every result, and workers must not wait for that.
--   1. find_unused_certificates, without keeping anybody waiting, notes chains that no result refers to.
--   2. remove_unused_certificates, again and again, removes some of them with their certificates, unless they were used since.
-- A chain or certificate that a worker is about to refer to must not vanish between its look and its insert: who writes
-- results holds the lock below in share mode until it commits, who removes holds it alone, for a small number of rows.

CREATE TABLE census.unused_chain (
  id bigint PRIMARY KEY,
  found_at timestamptz NOT NULL
);
COMMENT ON TABLE census.unused_chain IS 'Chains that no result referred to when they were noted.';
COMMENT ON COLUMN census.unused_chain.id IS 'The chain.';
COMMENT ON COLUMN census.unused_chain.found_at IS 'When it was noted.';

CREATE INDEX chain_certificates ON census.chain USING gin (certificates);

CREATE OR REPLACE FUNCTION census.add_certificates(p_certificates census.certificate_record[]) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_prints bytea[] := ARRAY(SELECT sha256(c.der) FROM unnest(p_certificates) WITH ORDINALITY AS c ORDER BY c.ordinality);
BEGIN
  PERFORM pg_advisory_xact_lock_shared(hashtext('mxcensus certificates'), 0);
  INSERT INTO certificate (sha256, der, serial, serial_octets, not_before, not_after, issuer, subject, dns_names,
    common_name, key_algorithm, key_bits, signature_algorithm, self_signed, is_ca, must_staple)
  SELECT DISTINCT ON (p.print) p.print, c.der, c.serial, c.serial_octets, c.not_before, c.not_after, c.issuer, c.subject,
    coalesce(c.dns_names, '{}'), c.common_name, c.key_algorithm, c.key_bits, c.signature_algorithm, c.self_signed,
    c.is_ca, c.must_staple
  FROM unnest(v_prints) WITH ORDINALITY AS p (print, place)
  JOIN unnest(p_certificates) WITH ORDINALITY AS c ON c.ordinality = p.place
  WHERE NOT EXISTS (SELECT FROM certificate k WHERE k.sha256 = p.print)
  ORDER BY p.print
  ON CONFLICT (sha256) DO NOTHING;
  RETURN ARRAY(
    SELECT k.id FROM unnest(v_prints) WITH ORDINALITY AS p (print, place) JOIN certificate k ON k.sha256 = p.print
    ORDER BY p.place);
END $$;

CREATE FUNCTION census.find_unused_certificates() RETURNS bigint
LANGUAGE plpgsql SET search_path = census, pg_temp SET work_mem = '128MB' SET jit = off AS $$
DECLARE
  v_rows bigint;
BEGIN
  DELETE FROM unused_chain;
  INSERT INTO unused_chain (id, found_at)
  SELECT c.id, now() FROM chain c
  WHERE NOT EXISTS (SELECT FROM probe_result r WHERE r.chain_id = c.id)
    AND NOT EXISTS (SELECT FROM probe_result r WHERE r.second_look_chain_id = c.id);
  GET DIAGNOSTICS v_rows = ROW_COUNT;
  RETURN v_rows;
END $$;
COMMENT ON FUNCTION census.find_unused_certificates() IS 'Notes the chains that no result refers to. Returns how many.';

CREATE FUNCTION census.remove_unused_certificates(p_max integer DEFAULT 5000, OUT examined bigint, OUT removed bigint)
LANGUAGE plpgsql SET search_path = census, pg_temp SET jit = off AS $$
DECLARE
  v_noted bigint[];
  v_since timestamptz;
  v_unused bigint[];
  v_certificates bigint[];
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('mxcensus certificates'), 0);
  WITH taken AS (
    DELETE FROM unused_chain WHERE id IN (SELECT u.id FROM unused_chain u ORDER BY u.id LIMIT p_max) RETURNING id, found_at
  )
  SELECT coalesce(array_agg(id), '{}'), min(found_at) INTO v_noted, v_since FROM taken;
  examined := cardinality(v_noted);
  removed := 0;
  IF examined = 0 THEN
    RETURN;
  END IF;
  -- Only results of scans that had not ended by then can refer to them now.
  v_unused := ARRAY(
    SELECT n.id FROM unnest(v_noted) AS n (id)
    WHERE NOT EXISTS (
      SELECT FROM probe_result r JOIN scan s ON s.id = r.scan_id AND (s.finished_at IS NULL OR s.finished_at > v_since)
      WHERE r.chain_id = n.id OR r.second_look_chain_id = n.id));
  WITH gone AS (DELETE FROM chain c WHERE c.id = ANY (v_unused) RETURNING c.certificates)
  SELECT coalesce(array_agg(DISTINCT k.id), '{}') INTO v_certificates FROM gone, unnest(gone.certificates) AS k (id);
  DELETE FROM certificate c WHERE c.id = ANY (v_certificates)
    AND NOT EXISTS (SELECT FROM chain o WHERE o.certificates @> ARRAY[c.id]);
  GET DIAGNOSTICS removed = ROW_COUNT;
END $$;
COMMENT ON FUNCTION census.remove_unused_certificates(integer) IS
  'Removes up to p_max of the noted chains, and the certificates that are in no other. Returns how many chains were examined, 0 when none is noted, and how many certificates went.';

-- CERTIFICATES THAT FAIL BEFORE THE NEXT SCAN

CREATE VIEW census.expiring_soon AS
SELECT s.id AS scan_id, s.name AS scan, l.name AS list, k.id AS certificate_id, k.subject, k.issuer, k.not_after,
  n.before AS next_scan, count(*) AS hosts, coalesce(sum(d.domains), 0)::bigint AS domains,
  coalesce(sum(d.volume), 0) AS volume, min(h.name) AS example_host
FROM census.list l
JOIN LATERAL (
  SELECT x.id, x.name FROM census.scan x WHERE x.list_id = l.id AND x.state = 'finished' ORDER BY x.id DESC LIMIT 1
) s ON true
JOIN LATERAL (
  SELECT coalesce(min(c.next_at), now() + interval '30 days') AS before FROM census.schedule c
  WHERE c.list_id = l.id AND NOT c.paused
) n ON true
JOIN census.probe_result r ON r.scan_id = s.id AND r.final AND r.outcome = 'trusted'
JOIN census.chain c ON c.id = r.chain_id
JOIN census.certificate k ON k.id = c.certificates[1] AND k.not_after < n.before
JOIN census.mx_host h ON h.scan_id = s.id AND h.id = r.host_id
LEFT JOIN (
  SELECT v.scan_id, v.primary_host_id, count(*) AS domains, sum(t.weight) AS volume
  FROM census.domain_verdict v
  JOIN census.domain_result t ON t.scan_id = v.scan_id AND t.domain_id = v.domain_id
  GROUP BY v.scan_id, v.primary_host_id
) d ON d.scan_id = s.id AND d.primary_host_id = h.id
GROUP BY s.id, s.name, l.name, k.id, k.subject, k.issuer, k.not_after, n.before;
COMMENT ON VIEW census.expiring_soon IS 'Certificates of hosts with trusted TLS in the latest finished scan of each list that expire before the next scheduled scan of the list, or within 30 days where none is scheduled.';
COMMENT ON COLUMN census.expiring_soon.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.expiring_soon.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.expiring_soon.list IS 'Name of the list.';
COMMENT ON COLUMN census.expiring_soon.certificate_id IS 'Number of the server''s own certificate.';
COMMENT ON COLUMN census.expiring_soon.subject IS 'Its subject, escaped.';
COMMENT ON COLUMN census.expiring_soon.issuer IS 'Its issuer, escaped.';
COMMENT ON COLUMN census.expiring_soon.not_after IS 'When it expires, or has expired since the scan.';
COMMENT ON COLUMN census.expiring_soon.next_scan IS 'The next scheduled scan of the list; 30 days from now where there is none.';
COMMENT ON COLUMN census.expiring_soon.hosts IS 'MX hosts that showed it.';
COMMENT ON COLUMN census.expiring_soon.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.expiring_soon.volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.expiring_soon.example_host IS 'One of the hosts.';
