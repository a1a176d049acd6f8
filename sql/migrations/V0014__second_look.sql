-- What hosts show without SNI, in the summary.

CREATE OR REPLACE VIEW census.host_result AS
SELECT h.scan_id, h.id AS host_id, h.name AS host, h.provider, h.status, r.outcome, r.conclusive, r.starttls,
  r.verified, r.findings, r.error, r.address, r.started_at, r.tls_version, r.cipher, r.chain_id,
  coalesce(o.answered_smtp, false) AS answered_smtp,
  CASE
    WHEN h.status = 'dns_failure' THEN 'unseen'
    WHEN h.status <> 'ok' THEN 'unreachable'
    WHEN r.conclusive THEN o.protection
    ELSE 'unseen'
  END AS protection,
  CASE WHEN r.second_look
    THEN census.second_look_result(r.chain_id, r.second_look_chain_id, r.second_look_failure)
  END AS second_look
FROM census.mx_host h
LEFT JOIN census.probe_result r ON r.scan_id = h.scan_id AND r.host_id = h.id AND r.final
LEFT JOIN census.outcome o ON o.code = r.outcome;
COMMENT ON COLUMN census.host_result.second_look IS 'What it shows without SNI: same (certificate), other, no_certificate, or unseen; NULL when it was not asked again.';

CREATE TABLE census.summary_second_look (
  scan_id integer NOT NULL REFERENCES census.scan ON DELETE CASCADE,
  result text COLLATE "C" NOT NULL CHECK (result IN ('same', 'other', 'no_certificate', 'unseen')),
  hosts bigint NOT NULL,
  domains bigint NOT NULL,
  volume double precision NOT NULL,
  PRIMARY KEY (scan_id, result)
);
COMMENT ON TABLE census.summary_second_look IS 'Roll-up: MX hosts that were asked once more without SNI, by what they showed.';
COMMENT ON COLUMN census.summary_second_look.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_second_look.result IS 'same (certificate), other, no_certificate, or unseen when the second look says nothing.';
COMMENT ON COLUMN census.summary_second_look.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_second_look.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_second_look.volume IS 'Mail volume of those domains.';

CREATE OR REPLACE FUNCTION census.roll_up_summary(p_scan integer) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp SET work_mem = '128MB' SET jit = off AS $$
  DELETE FROM summary_domain_status WHERE scan_id = p_scan;
  DELETE FROM summary_verdict WHERE scan_id = p_scan;
  DELETE FROM summary_host_status WHERE scan_id = p_scan;
  DELETE FROM summary_outcome WHERE scan_id = p_scan;
  DELETE FROM summary_finding WHERE scan_id = p_scan;
  DELETE FROM summary_second_look WHERE scan_id = p_scan;
  DELETE FROM summary_provider WHERE scan_id = p_scan;
  INSERT INTO summary_domain_status (scan_id, status, domains, volume)
  SELECT p_scan, status, count(*), sum(weight) FROM domain_result WHERE scan_id = p_scan GROUP BY status;
  INSERT INTO summary_verdict (scan_id, verdict, domains, volume)
  SELECT p_scan, v.verdict, count(*), sum(r.weight)
  FROM domain_verdict v JOIN domain_result r ON r.scan_id = p_scan AND r.domain_id = v.domain_id
  WHERE v.scan_id = p_scan GROUP BY v.verdict;
  WITH counted AS (
    SELECT v.primary_host_id AS host_id, count(*) AS domains, sum(r.weight) AS volume
    FROM domain_verdict v JOIN domain_result r ON r.scan_id = p_scan AND r.domain_id = v.domain_id
    WHERE v.scan_id = p_scan AND v.primary_host_id IS NOT NULL
    GROUP BY v.primary_host_id
  ), host AS MATERIALIZED (
    SELECT h.provider, h.status, h.outcome, h.conclusive, h.starttls, h.findings, h.second_look, o.ordinal,
      coalesce(c.domains, 0) AS domains, coalesce(c.volume, 0) AS volume
    FROM host_result h
    LEFT JOIN counted c ON c.host_id = h.host_id
    LEFT JOIN outcome o ON o.code = h.outcome
    WHERE h.scan_id = p_scan
  ), host_statuses AS (
    INSERT INTO summary_host_status (scan_id, status, hosts, domains, volume)
    SELECT p_scan, status, count(*), sum(domains), sum(volume) FROM host GROUP BY status
  ), outcomes AS (
    INSERT INTO summary_outcome (scan_id, outcome, conclusive, starttls, hosts, domains, volume)
    SELECT p_scan, outcome, conclusive, starttls, count(*), sum(domains), sum(volume)
    FROM host WHERE outcome IS NOT NULL GROUP BY outcome, conclusive, starttls
  ), findings AS (
    INSERT INTO summary_finding (scan_id, finding, hosts, domains, volume)
    SELECT p_scan, f.finding, count(*), sum(domains), sum(volume)
    FROM host, unnest(host.findings) AS f (finding) GROUP BY f.finding
  ), second_looks AS (
    INSERT INTO summary_second_look (scan_id, result, hosts, domains, volume)
    SELECT p_scan, second_look, count(*), sum(domains), sum(volume)
    FROM host WHERE second_look IS NOT NULL GROUP BY second_look
  )
  INSERT INTO summary_provider
    (scan_id, provider, hosts, domains, volume, starttls_hosts, trusted_hosts, commonest_outcome)
  SELECT p_scan, p.provider, p.hosts, p.domains, p.volume, p.starttls_hosts, p.trusted_hosts, o.code
  FROM (
    SELECT provider, count(*) AS hosts, sum(domains) AS domains, sum(volume) AS volume,
      count(*) FILTER (WHERE starttls) AS starttls_hosts, count(*) FILTER (WHERE outcome = 'trusted') AS trusted_hosts,
      mode() WITHIN GROUP (ORDER BY ordinal) AS commonest
    FROM host WHERE provider <> '' GROUP BY provider
  ) p
  LEFT JOIN outcome o ON o.ordinal = p.commonest;
$$;
