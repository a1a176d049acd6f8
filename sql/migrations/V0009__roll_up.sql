-- The summary of a scan, with three weights in each row: hosts, domains, mail volume.
--
-- A domain, and its mail volume, counts at one MX host, its primary one: the first in order of preference (then name)
-- whose final attempt was answered by an SMTP server, or else the first of all. So rows add up.

CREATE TABLE census.domain_verdict (
  domain_id bigint NOT NULL,
  primary_host_id bigint,
  scan_id integer NOT NULL,
  verdict text COLLATE "C" NOT NULL,
  PRIMARY KEY (scan_id, domain_id)
) PARTITION BY LIST (scan_id);
COMMENT ON TABLE census.domain_verdict IS 'How well each domain''s MX hosts protect its mail, as of the latest roll-up.';
COMMENT ON COLUMN census.domain_verdict.domain_id IS 'The domain.';
COMMENT ON COLUMN census.domain_verdict.primary_host_id IS 'The MX host at which the domain counts; NULL when it has none.';
COMMENT ON COLUMN census.domain_verdict.scan_id IS 'The scan.';
COMMENT ON COLUMN census.domain_verdict.verdict IS 'Code of verdict_code.';

CREATE TABLE census.summary_domain_status (
  scan_id integer NOT NULL REFERENCES census.scan ON DELETE CASCADE,
  status text COLLATE "C" NOT NULL REFERENCES census.domain_status_code,
  domains bigint NOT NULL,
  volume double precision NOT NULL,
  PRIMARY KEY (scan_id, status)
);
COMMENT ON TABLE census.summary_domain_status IS 'Roll-up: domains by DNS status.';
COMMENT ON COLUMN census.summary_domain_status.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_domain_status.status IS 'Code of domain_status_code.';
COMMENT ON COLUMN census.summary_domain_status.domains IS 'Domains.';
COMMENT ON COLUMN census.summary_domain_status.volume IS 'Their mail volume.';

CREATE TABLE census.summary_verdict (
  scan_id integer NOT NULL REFERENCES census.scan ON DELETE CASCADE,
  verdict text COLLATE "C" NOT NULL REFERENCES census.verdict_code,
  domains bigint NOT NULL,
  volume double precision NOT NULL,
  PRIMARY KEY (scan_id, verdict)
);
COMMENT ON TABLE census.summary_verdict IS 'Roll-up: domains by verdict.';
COMMENT ON COLUMN census.summary_verdict.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_verdict.verdict IS 'Code of verdict_code.';
COMMENT ON COLUMN census.summary_verdict.domains IS 'Domains.';
COMMENT ON COLUMN census.summary_verdict.volume IS 'Their mail volume.';

CREATE TABLE census.summary_host_status (
  scan_id integer NOT NULL REFERENCES census.scan ON DELETE CASCADE,
  status text COLLATE "C" NOT NULL REFERENCES census.host_status_code,
  hosts bigint NOT NULL,
  domains bigint NOT NULL,
  volume double precision NOT NULL,
  PRIMARY KEY (scan_id, status)
);
COMMENT ON TABLE census.summary_host_status IS 'Roll-up: unique MX hosts by DNS status.';
COMMENT ON COLUMN census.summary_host_status.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_host_status.status IS 'Code of host_status_code.';
COMMENT ON COLUMN census.summary_host_status.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_host_status.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_host_status.volume IS 'Mail volume of those domains.';

CREATE TABLE census.summary_outcome (
  scan_id integer NOT NULL REFERENCES census.scan ON DELETE CASCADE,
  outcome text COLLATE "C" NOT NULL REFERENCES census.outcome,
  conclusive boolean NOT NULL,
  starttls boolean,
  hosts bigint NOT NULL,
  domains bigint NOT NULL,
  volume double precision NOT NULL,
  UNIQUE (scan_id, outcome, conclusive, starttls)
);
COMMENT ON TABLE census.summary_outcome IS 'Roll-up: probed MX hosts by the outcome of their final attempt.';
COMMENT ON COLUMN census.summary_outcome.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_outcome.outcome IS 'Code of outcome.';
COMMENT ON COLUMN census.summary_outcome.conclusive IS 'Whether the census could look.';
COMMENT ON COLUMN census.summary_outcome.starttls IS 'Whether these hosts offer STARTTLS; NULL when that could not be seen.';
COMMENT ON COLUMN census.summary_outcome.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_outcome.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_outcome.volume IS 'Mail volume of those domains.';

CREATE TABLE census.summary_finding (
  scan_id integer NOT NULL REFERENCES census.scan ON DELETE CASCADE,
  finding text COLLATE "C" NOT NULL REFERENCES census.finding,
  hosts bigint NOT NULL,
  domains bigint NOT NULL,
  volume double precision NOT NULL,
  PRIMARY KEY (scan_id, finding)
);
COMMENT ON TABLE census.summary_finding IS 'Roll-up: MX hosts by finding, whatever the outcome: a host counts in each of its findings.';
COMMENT ON COLUMN census.summary_finding.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_finding.finding IS 'Code of finding.';
COMMENT ON COLUMN census.summary_finding.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_finding.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_finding.volume IS 'Mail volume of those domains.';

CREATE TABLE census.summary_provider (
  hosts bigint NOT NULL,
  domains bigint NOT NULL,
  volume double precision NOT NULL,
  starttls_hosts bigint NOT NULL,
  trusted_hosts bigint NOT NULL,
  scan_id integer NOT NULL,
  provider text COLLATE "C" NOT NULL,
  commonest_outcome text COLLATE "C",
  PRIMARY KEY (scan_id, provider)
) PARTITION BY LIST (scan_id);
CREATE INDEX summary_provider_by_volume ON census.summary_provider (volume DESC, hosts DESC, provider);
COMMENT ON TABLE census.summary_provider IS 'Roll-up: providers, that is registered domains of MX hosts.';
COMMENT ON COLUMN census.summary_provider.hosts IS 'MX hosts.';
COMMENT ON COLUMN census.summary_provider.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.summary_provider.volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.summary_provider.starttls_hosts IS 'MX hosts that offer STARTTLS.';
COMMENT ON COLUMN census.summary_provider.trusted_hosts IS 'MX hosts with trusted TLS.';
COMMENT ON COLUMN census.summary_provider.scan_id IS 'The scan.';
COMMENT ON COLUMN census.summary_provider.provider IS 'Registered domain by the public suffix list.';
COMMENT ON COLUMN census.summary_provider.commonest_outcome IS 'Outcome of most of its probed hosts; among equals the first of the vocabulary; NULL when none was probed.';

CREATE VIEW census.host_result AS
SELECT h.scan_id, h.id AS host_id, h.name AS host, h.provider, h.status, r.outcome, r.conclusive, r.starttls,
  r.verified, r.findings, r.error, r.address, r.started_at, r.tls_version, r.cipher, r.chain_id,
  coalesce(o.answered_smtp, false) AS answered_smtp,
  CASE
    WHEN h.status = 'dns_failure' THEN 'unseen'
    WHEN h.status <> 'ok' THEN 'unreachable'
    WHEN r.conclusive THEN o.protection
    ELSE 'unseen'
  END AS protection
FROM census.mx_host h
LEFT JOIN census.probe_result r ON r.scan_id = h.scan_id AND r.host_id = h.id AND r.final
LEFT JOIN census.outcome o ON o.code = r.outcome;
COMMENT ON VIEW census.host_result IS 'Every MX host of a scan with the attempt that speaks for it.';
COMMENT ON COLUMN census.host_result.scan_id IS 'The scan.';
COMMENT ON COLUMN census.host_result.host_id IS 'Number of the host.';
COMMENT ON COLUMN census.host_result.host IS 'Name of the host.';
COMMENT ON COLUMN census.host_result.provider IS 'Registered domain by the public suffix list; empty when there is none.';
COMMENT ON COLUMN census.host_result.status IS 'Code of host_status_code: only hosts with status ok are probed.';
COMMENT ON COLUMN census.host_result.outcome IS 'Code of outcome; NULL when the host was not probed.';
COMMENT ON COLUMN census.host_result.conclusive IS 'False when the census could not look.';
COMMENT ON COLUMN census.host_result.starttls IS 'Whether it offers STARTTLS; NULL when that could not be seen.';
COMMENT ON COLUMN census.host_result.verified IS 'The certificate is trusted and names the host; NULL without a handshake.';
COMMENT ON COLUMN census.host_result.findings IS 'Codes of finding.';
COMMENT ON COLUMN census.host_result.error IS 'One line for people about what went wrong.';
COMMENT ON COLUMN census.host_result.address IS 'The address that was probed.';
COMMENT ON COLUMN census.host_result.started_at IS 'When.';
COMMENT ON COLUMN census.host_result.tls_version IS 'Such as TLSv1.3.';
COMMENT ON COLUMN census.host_result.cipher IS 'Cipher suite, IANA name.';
COMMENT ON COLUMN census.host_result.chain_id IS 'The certificates it sent.';
COMMENT ON COLUMN census.host_result.answered_smtp IS 'An SMTP server was heard.';
COMMENT ON COLUMN census.host_result.protection IS 'trusted, encrypted, plain, unreachable, or unseen when nothing is known.';

CREATE FUNCTION census.roll_up_domains(p_scan integer) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp SET work_mem = '128MB' SET jit = off AS $$
  DELETE FROM domain_verdict WHERE scan_id = p_scan;
  INSERT INTO domain_verdict (scan_id, domain_id, verdict, primary_host_id)
  SELECT p_scan, r.domain_id,
    CASE
      WHEN r.status IN ('null_mx', 'nxdomain', 'no_mail_host') THEN 'no_mail'
      WHEN r.status IN ('dns_failure', 'invalid_name') THEN 'unresolved'
      WHEN coalesce(m.seen, 0) = 0 THEN CASE WHEN m.unseen > 0 THEN 'unseen' ELSE 'unreachable' END
      WHEN m.trusted = m.seen THEN 'secure'
      WHEN m.trusted > 0 THEN 'partly_secure'
      WHEN m.encrypted = m.seen THEN 'encrypted'
      WHEN m.encrypted > 0 THEN 'partly_encrypted'
      ELSE 'plain'
    END,
    -- The lower 48 bits of the key: see below.
    m.primary_key & ((1::bigint << 48) - 1)
  FROM domain_result r
  LEFT JOIN (
    SELECT e.domain_id,
      count(*) FILTER (WHERE h.protection IN ('trusted', 'encrypted', 'plain')) AS seen,
      count(*) FILTER (WHERE h.protection = 'trusted') AS trusted,
      count(*) FILTER (WHERE h.protection = 'encrypted') AS encrypted,
      count(*) FILTER (WHERE h.protection = 'unseen') AS unseen,
      -- First answering, then ordinal, and the host itself, in one number: a minimum is much cheaper than a sort in
      -- each of millions of groups.
      min((CASE WHEN h.answered_smtp THEN 0 ELSE 1::bigint << 62 END) | (e.ordinal::bigint << 48) | e.host_id)
        AS primary_key
    FROM domain_mx e
    JOIN host_result h ON h.scan_id = p_scan AND h.host_id = e.host_id
    WHERE e.scan_id = p_scan
    GROUP BY e.domain_id
  ) m ON m.domain_id = r.domain_id
  WHERE r.scan_id = p_scan
$$;
COMMENT ON FUNCTION census.roll_up_domains(integer) IS 'Part of roll_up: verdict and primary MX host of each domain.';

CREATE FUNCTION census.roll_up_summary(p_scan integer) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp SET work_mem = '128MB' SET jit = off AS $$
  DELETE FROM summary_domain_status WHERE scan_id = p_scan;
  DELETE FROM summary_verdict WHERE scan_id = p_scan;
  DELETE FROM summary_host_status WHERE scan_id = p_scan;
  DELETE FROM summary_outcome WHERE scan_id = p_scan;
  DELETE FROM summary_finding WHERE scan_id = p_scan;
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
    SELECT h.provider, h.status, h.outcome, h.conclusive, h.starttls, h.findings, o.ordinal,
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
COMMENT ON FUNCTION census.roll_up_summary(integer) IS 'Part of roll_up: the summary tables.';

CREATE FUNCTION census.roll_up(p_scan integer) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_table text;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('mxcensus roll-up'), p_scan);
  FOREACH v_table IN ARRAY ARRAY['domain_result', 'domain_mx', 'mx_host', 'probe_result'] LOOP
    EXECUTE format('ANALYZE census.%I', format('%s_s%s', v_table, p_scan));
  END LOOP;
  PERFORM roll_up_domains(p_scan);
  EXECUTE format('ANALYZE census.%I', format('domain_verdict_s%s', p_scan));
  PERFORM roll_up_summary(p_scan);
  UPDATE scan SET rolled_up_at = now() WHERE id = p_scan;
END $$;
COMMENT ON FUNCTION census.roll_up(integer) IS
  'Computes verdicts and summary tables of a scan from what it has found so far. Safe to repeat at any time.';
