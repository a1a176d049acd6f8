-- What people read in psql. The figures come from the roll-up: for a scan that still runs, as of its rolled_up_at.

CREATE VIEW census.scan_summary AS
SELECT s.id AS scan_id, s.name AS scan, l.name AS list, s.state, s.created_at AS started_at, s.finished_at, s.rolled_up_at,
  d.domains, d.mail_domains, d.volume, h.hosts, o.probed_hosts, o.seen_hosts, o.unseen_hosts, o.starttls_hosts,
  round(100.0 * o.starttls_hosts / nullif(h.hosts, 0), 1) AS starttls_percent,
  o.trusted_hosts, o.failed_hosts, o.undecided_hosts,
  round(100.0 * o.failed_hosts / nullif(o.starttls_hosts, 0), 1) AS failed_percent,
  o.starttls_domains, o.starttls_volume, o.trusted_domains, o.trusted_volume
FROM census.scan s
JOIN census.list l ON l.id = s.list_id
LEFT JOIN LATERAL (
  SELECT sum(x.domains) AS domains, sum(x.volume) AS volume,
    coalesce(sum(x.domains) FILTER (WHERE x.status IN ('mx', 'implicit_mx')), 0) AS mail_domains
  FROM census.summary_domain_status x WHERE x.scan_id = s.id
) d ON true
LEFT JOIN LATERAL (SELECT sum(x.hosts) AS hosts FROM census.summary_host_status x WHERE x.scan_id = s.id) h ON true
LEFT JOIN LATERAL (
  SELECT coalesce(sum(x.hosts), 0) AS probed_hosts,
    coalesce(sum(x.hosts) FILTER (WHERE x.starttls IS NOT NULL), 0) AS seen_hosts,
    coalesce(sum(x.hosts) FILTER (WHERE x.starttls IS NULL AND NOT x.conclusive), 0) AS unseen_hosts,
    coalesce(sum(x.hosts) FILTER (WHERE x.starttls), 0) AS starttls_hosts,
    coalesce(sum(x.domains) FILTER (WHERE x.starttls), 0) AS starttls_domains,
    coalesce(sum(x.volume) FILTER (WHERE x.starttls), 0) AS starttls_volume,
    coalesce(sum(x.hosts) FILTER (WHERE x.outcome = 'trusted'), 0) AS trusted_hosts,
    coalesce(sum(x.domains) FILTER (WHERE x.outcome = 'trusted'), 0) AS trusted_domains,
    coalesce(sum(x.volume) FILTER (WHERE x.outcome = 'trusted'), 0) AS trusted_volume,
    coalesce(sum(x.hosts) FILTER (WHERE x.starttls AND x.conclusive AND x.outcome <> 'trusted'), 0) AS failed_hosts,
    coalesce(sum(x.hosts) FILTER (WHERE x.starttls AND NOT x.conclusive), 0) AS undecided_hosts
  FROM census.summary_outcome x WHERE x.scan_id = s.id
) o ON true;
COMMENT ON VIEW census.scan_summary IS 'One row a scan: the head of the study''s table. Figures are NULL or 0 before the first roll-up.';
COMMENT ON COLUMN census.scan_summary.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.scan_summary.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.scan_summary.list IS 'Name of its list.';
COMMENT ON COLUMN census.scan_summary.state IS 'running, paused, finished or cancelled.';
COMMENT ON COLUMN census.scan_summary.started_at IS 'When it began.';
COMMENT ON COLUMN census.scan_summary.finished_at IS 'When it ended; NULL before.';
COMMENT ON COLUMN census.scan_summary.rolled_up_at IS 'As of when the figures are.';
COMMENT ON COLUMN census.scan_summary.domains IS 'Domains resolved.';
COMMENT ON COLUMN census.scan_summary.mail_domains IS 'Domains with a mail host.';
COMMENT ON COLUMN census.scan_summary.volume IS 'Mail volume of the domains resolved.';
COMMENT ON COLUMN census.scan_summary.hosts IS 'Unique MX hosts.';
COMMENT ON COLUMN census.scan_summary.probed_hosts IS 'MX hosts with a final attempt.';
COMMENT ON COLUMN census.scan_summary.seen_hosts IS 'MX hosts of which it is known whether they offer STARTTLS.';
COMMENT ON COLUMN census.scan_summary.unseen_hosts IS 'MX hosts that could not be looked at (blocked, silent): they say nothing about protection.';
COMMENT ON COLUMN census.scan_summary.starttls_hosts IS 'MX hosts that offer STARTTLS.';
COMMENT ON COLUMN census.scan_summary.starttls_percent IS 'Those in percent of all unique MX hosts, as in the 2014 study.';
COMMENT ON COLUMN census.scan_summary.trusted_hosts IS 'MX hosts with trusted TLS.';
COMMENT ON COLUMN census.scan_summary.failed_hosts IS 'MX hosts that offer STARTTLS and certainly give no trusted TLS.';
COMMENT ON COLUMN census.scan_summary.undecided_hosts IS 'MX hosts that offer STARTTLS, but whose TLS could not be looked at.';
COMMENT ON COLUMN census.scan_summary.failed_percent IS 'Failed hosts in percent of those that offer STARTTLS, as in the 2014 study.';
COMMENT ON COLUMN census.scan_summary.starttls_domains IS 'Domains whose primary MX host offers STARTTLS.';
COMMENT ON COLUMN census.scan_summary.starttls_volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.scan_summary.trusted_domains IS 'Domains whose primary MX host has trusted TLS.';
COMMENT ON COLUMN census.scan_summary.trusted_volume IS 'Mail volume of those domains.';

CREATE VIEW census.failure_breakdown AS
SELECT s.id AS scan_id, s.name AS scan, c.code AS outcome, c.label, c.study_class, c.stage,
  coalesce(o.hosts, 0) AS hosts,
  round(100.0 * coalesce(o.hosts, 0) / nullif(sum(o.hosts) OVER (PARTITION BY s.id), 0), 1) AS percent,
  coalesce(o.domains, 0) AS domains, coalesce(o.volume, 0) AS volume,
  CASE WHEN c.stage = 'certificate' THEN coalesce(f.hosts, 0) ELSE coalesce(o.hosts, 0) END AS all_causes_hosts,
  c.remedy
FROM census.scan s
CROSS JOIN census.outcome c
LEFT JOIN (
  SELECT scan_id, outcome, sum(hosts) AS hosts, sum(domains) AS domains, sum(volume) AS volume
  FROM census.summary_outcome
  WHERE starttls AND conclusive AND outcome <> 'trusted'
  GROUP BY scan_id, outcome
) o ON o.scan_id = s.id AND o.outcome = c.code
LEFT JOIN census.summary_finding f ON f.scan_id = s.id AND f.finding = c.code AND c.stage = 'certificate'
WHERE o.hosts > 0 OR f.hosts > 0;
COMMENT ON VIEW census.failure_breakdown IS 'Why MX hosts that offer STARTTLS give no trusted TLS: each host at its first cause, and beside it how many have the cause at all.';
COMMENT ON COLUMN census.failure_breakdown.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.failure_breakdown.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.failure_breakdown.outcome IS 'Code of outcome: the cause.';
COMMENT ON COLUMN census.failure_breakdown.label IS 'The cause in words.';
COMMENT ON COLUMN census.failure_breakdown.study_class IS 'Its class in the 2014 study; NULL where it had none.';
COMMENT ON COLUMN census.failure_breakdown.stage IS 'At which stage of the dialogue it is decided.';
COMMENT ON COLUMN census.failure_breakdown.hosts IS 'MX hosts of which it is the first cause.';
COMMENT ON COLUMN census.failure_breakdown.percent IS 'Those in percent of all failed MX hosts of the scan.';
COMMENT ON COLUMN census.failure_breakdown.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.failure_breakdown.volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.failure_breakdown.all_causes_hosts IS 'MX hosts that have this cause, be it the first or not.';
COMMENT ON COLUMN census.failure_breakdown.remedy IS 'What the postmaster can do.';

CREATE VIEW census.provider_support AS
SELECT s.id AS scan_id, s.name AS scan, p.provider, p.hosts, p.domains, p.volume, p.starttls_hosts,
  round(100.0 * p.starttls_hosts / nullif(p.hosts, 0), 1) AS starttls_percent,
  p.trusted_hosts, round(100.0 * p.trusted_hosts / nullif(p.hosts, 0), 1) AS trusted_percent,
  p.commonest_outcome, o.label AS commonest_label
FROM census.summary_provider p
JOIN census.scan s ON s.id = p.scan_id
LEFT JOIN census.outcome o ON o.code = p.commonest_outcome;
COMMENT ON VIEW census.provider_support IS 'Which providers offer TLS, and which do it right. A provider is the registered domain of its MX hosts.';
COMMENT ON COLUMN census.provider_support.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.provider_support.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.provider_support.provider IS 'Registered domain by the public suffix list.';
COMMENT ON COLUMN census.provider_support.hosts IS 'Its MX hosts.';
COMMENT ON COLUMN census.provider_support.domains IS 'Domains whose primary MX host is one of them.';
COMMENT ON COLUMN census.provider_support.volume IS 'Mail volume of those domains.';
COMMENT ON COLUMN census.provider_support.starttls_hosts IS 'MX hosts that offer STARTTLS.';
COMMENT ON COLUMN census.provider_support.starttls_percent IS 'Those in percent of its MX hosts.';
COMMENT ON COLUMN census.provider_support.trusted_hosts IS 'MX hosts with trusted TLS.';
COMMENT ON COLUMN census.provider_support.trusted_percent IS 'Those in percent of its MX hosts.';
COMMENT ON COLUMN census.provider_support.commonest_outcome IS 'Outcome of most of its probed MX hosts.';
COMMENT ON COLUMN census.provider_support.commonest_label IS 'That outcome in words.';

CREATE VIEW census.domain_status AS
SELECT s.id AS scan_id, s.name AS scan, d.name AS domain, r.weight, r.status, r.failure, r.dnssec, v.verdict,
  h.name AS primary_host, p.outcome AS primary_outcome,
  (SELECT count(*) FROM census.domain_mx e WHERE e.scan_id = r.scan_id AND e.domain_id = r.domain_id) AS mx_hosts
FROM census.scan s
JOIN census.domain_result r ON r.scan_id = s.id
JOIN census.domain d ON d.list_id = s.list_id AND d.id = r.domain_id
LEFT JOIN census.domain_verdict v ON v.scan_id = r.scan_id AND v.domain_id = r.domain_id
LEFT JOIN census.mx_host h ON h.scan_id = r.scan_id AND h.id = v.primary_host_id
LEFT JOIN census.probe_result p ON p.scan_id = r.scan_id AND p.host_id = v.primary_host_id AND p.final;
COMMENT ON VIEW census.domain_status IS 'One row a domain of a scan: where its mail goes and how well it is protected.';
COMMENT ON COLUMN census.domain_status.scan_id IS 'Number of the scan.';
COMMENT ON COLUMN census.domain_status.scan IS 'Name of the scan.';
COMMENT ON COLUMN census.domain_status.domain IS 'The domain.';
COMMENT ON COLUMN census.domain_status.weight IS 'Its mail volume.';
COMMENT ON COLUMN census.domain_status.status IS 'What DNS says: code of domain_status_code.';
COMMENT ON COLUMN census.domain_status.failure IS 'Which DNS failure, when status is dns_failure.';
COMMENT ON COLUMN census.domain_status.dnssec IS 'DNSSEC status of the MX answer.';
COMMENT ON COLUMN census.domain_status.verdict IS 'Code of verdict_code; NULL before the first roll-up.';
COMMENT ON COLUMN census.domain_status.primary_host IS 'The MX host at which the domain counts.';
COMMENT ON COLUMN census.domain_status.primary_outcome IS 'Final outcome of that host; NULL when it was not probed.';
COMMENT ON COLUMN census.domain_status.mx_hosts IS 'How many MX hosts it has.';
