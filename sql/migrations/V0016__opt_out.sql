-- Networks and domains that asked to be left alone, and what follows for work that was planned before they asked.
--
-- WHEN AN ENTRY TAKES EFFECT
--   A worker reads the entries when it registers and with each renewal of its leases, and renews only if it could read
--   them. It probes only while its leases stand. So whatever it dials, it has read the entries within the last lease period:
--   a new entry is obeyed everywhere one lease period after it was committed, and mostly after a third of that.
--
-- WHAT BECOMES OF PLANNED TARGETS
--   A worker looks at name and address just before it dials. What may not be contacted any more it withdraws: the target
--   goes without a result. The host is tried at its next permitted address, if the address was the reason and there is one;
--   otherwise its status becomes opted_out. Nothing needs to be found and locked when an entry is added.
--
-- The version lies in a row and not in a sequence: whoever changes the entries holds the row until the commit, so a reader
-- who sees a version sees all entries that belong to it.

CREATE TABLE census.optout (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text COLLATE "C" NOT NULL GENERATED ALWAYS AS (CASE WHEN network IS NULL THEN 'domain' ELSE 'network' END) STORED,
  network cidr,
  domain text COLLATE "C" CHECK (length(domain) <= 253 AND domain ~ '^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})+$'),
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
  added_by text NOT NULL CHECK (length(added_by) BETWEEN 1 AND 200),
  added_at timestamptz NOT NULL DEFAULT now(),
  removed_by text CHECK (length(removed_by) BETWEEN 1 AND 200),
  removed_reason text CHECK (length(removed_reason) BETWEEN 1 AND 1000),
  removed_at timestamptz,
  CHECK ((network IS NULL) <> (domain IS NULL)),
  CHECK ((removed_at IS NULL) = (removed_by IS NULL)),
  CHECK (removed_reason IS NULL OR removed_at IS NOT NULL),
  CONSTRAINT optout_not_mapped CHECK (family(network) = 4 OR NOT network <<= '::ffff:0:0/96')
);
CREATE UNIQUE INDEX optout_active_network ON census.optout (network) WHERE removed_at IS NULL AND network IS NOT NULL;
CREATE UNIQUE INDEX optout_active_domain ON census.optout (domain) WHERE removed_at IS NULL AND domain IS NOT NULL;
COMMENT ON TABLE census.optout IS 'Who asked to be left alone: networks and domains. An entry that is removed stays as history.';
COMMENT ON COLUMN census.optout.id IS 'Number of the entry.';
COMMENT ON COLUMN census.optout.kind IS 'network or domain.';
COMMENT ON COLUMN census.optout.network IS 'Addresses that are not contacted, also in IPv6 forms that carry an IPv4 address; NULL for a domain.';
COMMENT ON COLUMN census.optout.domain IS 'Normalised name: with all names below it neither looked up nor contacted as MX host; NULL for a network.';
COMMENT ON COLUMN census.optout.reason IS 'Why, as the operator wrote it.';
COMMENT ON COLUMN census.optout.added_by IS 'Who added it.';
COMMENT ON COLUMN census.optout.added_at IS 'When.';
COMMENT ON COLUMN census.optout.removed_by IS 'Who removed it; NULL while it is active.';
COMMENT ON COLUMN census.optout.removed_reason IS 'Why it was removed; NULL when nothing was said.';
COMMENT ON COLUMN census.optout.removed_at IS 'When; NULL while it is active.';

CREATE TABLE census.optout_version (
  version bigint NOT NULL,
  single boolean PRIMARY KEY DEFAULT true CHECK (single)
);
INSERT INTO census.optout_version (version) VALUES (1);
COMMENT ON TABLE census.optout_version IS 'One row: the version of the active entries of optout.';
COMMENT ON COLUMN census.optout_version.version IS 'Grows with each change.';
COMMENT ON COLUMN census.optout_version.single IS 'Always true: there is one row.';

CREATE FUNCTION census.optout_add(p_networks cidr[], p_domains text[], p_reason text, p_by text) RETURNS text[]
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_added text[];
BEGIN
  -- First, so that changes are made one after the other.
  PERFORM FROM optout_version FOR UPDATE;
  WITH added AS (
    INSERT INTO optout (network, domain, reason, added_by)
    SELECT n.network, n.domain, p_reason, p_by
    FROM (
      SELECT DISTINCT u.network, NULL::text AS domain FROM unnest(p_networks) AS u (network)
      UNION ALL
      SELECT DISTINCT NULL::cidr, u.domain FROM unnest(p_domains) AS u (domain)
    ) n
    WHERE NOT EXISTS (SELECT FROM optout o WHERE o.removed_at IS NULL AND o.network = n.network)
      AND NOT EXISTS (SELECT FROM optout o WHERE o.removed_at IS NULL AND o.domain = n.domain)
    RETURNING coalesce(network::text, domain) AS entry
  )
  SELECT coalesce(array_agg(entry ORDER BY entry COLLATE "C"), '{}') INTO v_added FROM added;
  IF cardinality(v_added) > 0 THEN
    UPDATE optout_version SET version = version + 1;
  END IF;
  RETURN v_added;
END $$;
COMMENT ON FUNCTION census.optout_add(cidr[], text[], text, text) IS
  'Leaves networks and domains alone from now on. Returns those that are new; an entry that is active already stays as it is.';

CREATE FUNCTION census.optout_remove(p_networks cidr[], p_domains text[], p_reason text, p_by text) RETURNS text[]
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_removed text[];
  v_missing text;
BEGIN
  PERFORM FROM optout_version FOR UPDATE;
  SELECT string_agg(m.entry, ', ' ORDER BY m.entry COLLATE "C") INTO v_missing
  FROM (
    SELECT u.network::text AS entry FROM unnest(p_networks) AS u (network)
    WHERE NOT EXISTS (SELECT FROM optout o WHERE o.removed_at IS NULL AND o.network = u.network)
    UNION
    SELECT u.domain FROM unnest(p_domains) AS u (domain)
    WHERE NOT EXISTS (SELECT FROM optout o WHERE o.removed_at IS NULL AND o.domain = u.domain)
  ) m;
  IF v_missing IS NOT NULL THEN
    RAISE EXCEPTION 'no active opt-out: %. Nothing was removed', v_missing USING ERRCODE = 'MX002';
  END IF;
  WITH removed AS (
    UPDATE optout SET removed_at = now(), removed_by = p_by, removed_reason = p_reason
    WHERE removed_at IS NULL AND (network = ANY (p_networks) OR domain = ANY (p_domains))
    RETURNING coalesce(network::text, domain) AS entry
  )
  SELECT coalesce(array_agg(entry ORDER BY entry COLLATE "C"), '{}') INTO v_removed FROM removed;
  IF cardinality(v_removed) > 0 THEN
    UPDATE optout_version SET version = version + 1;
  END IF;
  RETURN v_removed;
END $$;
COMMENT ON FUNCTION census.optout_remove(cidr[], text[], text, text) IS
  'Ends active entries, all or none (MX002: one of them is not active). They stay as history. Returns them.';

CREATE FUNCTION census.contact_rules(
  p_known bigint, OUT version bigint, OUT networks text[], OUT domains text[]
)
LANGUAGE sql STABLE SET search_path = census, pg_temp AS $$
  SELECT v.version,
    CASE WHEN v.version IS DISTINCT FROM p_known
      THEN ARRAY(SELECT o.network::text FROM optout o WHERE o.removed_at IS NULL AND o.network IS NOT NULL) END,
    CASE WHEN v.version IS DISTINCT FROM p_known
      THEN ARRAY(SELECT o.domain FROM optout o WHERE o.removed_at IS NULL AND o.domain IS NOT NULL) END
  FROM optout_version v
$$;
COMMENT ON FUNCTION census.contact_rules(bigint) IS
  'What workers must leave alone: the version of the entries and, unless the caller knows that version already, all active ones.';

CREATE TYPE census.withdrawal AS (lane_id bigint, target_id bigint, host_id bigint, whole_host boolean);
COMMENT ON TYPE census.withdrawal IS
  'A target that must not be dialled any more; whole_host: nor any other address of its host.';

-- Ends targets of lanes that the caller has locked, without a result. Like write_probes, it takes each target once.
CREATE FUNCTION census.withdraw_targets(p_scan integer, p_held bigint[], p_withdrawn census.withdrawal[]) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_hosts bigint[];
  v_wanted bigint;
  v_matched bigint;
  v_moved bigint;
BEGIN
  SELECT count(*) INTO v_wanted FROM unnest(p_withdrawn) w WHERE w.lane_id = ANY (p_held);
  IF v_wanted = 0 THEN
    RETURN;
  END IF;
  WITH gone AS (
    DELETE FROM probe_target t USING unnest(p_withdrawn) w
    WHERE w.lane_id = ANY (p_held) AND t.scan_id = p_scan AND t.host_id = w.host_id AND t.id = w.target_id
      AND t.lane_id = w.lane_id
    RETURNING t.host_id, t.ordinal, t.has_next AND NOT w.whole_host AS moves, w.whole_host
  ), barred AS (
    UPDATE host_address a SET permitted = false FROM gone g
    WHERE a.scan_id = p_scan AND a.host_id = g.host_id AND (a.ordinal = g.ordinal OR g.whole_host) AND a.permitted
  ), moved AS (
    INSERT INTO probe_queue (scan_id, host_id, ordinal)
    SELECT p_scan, g.host_id, g.ordinal + 1 FROM gone g WHERE g.moves
    RETURNING host_id
  )
  SELECT (SELECT count(*) FROM gone), (SELECT count(*) FROM moved),
    ARRAY(SELECT g.host_id FROM gone g WHERE NOT g.moves)
  INTO v_matched, v_moved, v_hosts;
  IF v_matched <> v_wanted THEN
    RAISE EXCEPTION '% of % withdrawn targets are no pending targets of their lane', v_wanted - v_matched, v_wanted
      USING ERRCODE = 'MX004';
  END IF;
  PERFORM FROM mx_host h WHERE h.scan_id = p_scan AND h.id = ANY (v_hosts) ORDER BY h.name FOR UPDATE;
  UPDATE mx_host h SET status = 'opted_out' WHERE h.scan_id = p_scan AND h.id = ANY (v_hosts);
  INSERT INTO progress_delta (scan_id, targets, targets_done) VALUES (p_scan, v_moved, v_matched);
END $$;
COMMENT ON FUNCTION census.withdraw_targets(integer, bigint[], census.withdrawal[]) IS
  'Part of complete_lanes: ends targets that must not be dialled any more, with the counters that follow.';

DROP FUNCTION census.complete_lanes(integer, bigint, census.lane_completion[], census.probe_record[], census.certificate_record[]);
CREATE FUNCTION census.complete_lanes(
  p_scan integer, p_worker bigint, p_lanes census.lane_completion[], p_results census.probe_record[],
  p_certificates census.certificate_record[], p_withdrawn census.withdrawal[] DEFAULT '{}'
) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_held bigint[] := ARRAY(
    SELECT l.id FROM lane l JOIN unnest(p_lanes) c ON l.id = c.lane_id
    WHERE l.scan_id = p_scan AND l.state = 'leased' AND l.worker_id = p_worker AND l.fence = c.fence
    ORDER BY l.id FOR UPDATE OF l);
BEGIN
  IF cardinality(v_held) > 0 THEN
    PERFORM write_probes(p_scan, v_held, p_results, p_certificates);
    PERFORM withdraw_targets(p_scan, v_held, p_withdrawn);
    UPDATE lane l SET
      state = CASE WHEN n.pending = 0 THEN 'idle' ELSE 'ready' END,
      worker_id = NULL, request = NULL,
      attempts = CASE WHEN n.results + n.withdrawn > 0 THEN 0 ELSE l.attempts END,
      pending = n.pending, targets_done = l.targets_total - n.pending, size_class = size_class(n.pending),
      slowdown = n.slowdown,
      rest_until = now() + lane_rest(s.lane_gap, n.slowdown),
      ready_at = greatest(now() + lane_rest(s.lane_gap, n.slowdown), n.due)
    FROM scan s, (
      SELECT h.id, r.results, w.withdrawn, k.pending - r.ended - w.withdrawn AS pending,
        next_slowdown(k.slowdown, (SELECT max(c.slowdown) FROM unnest(p_lanes) c WHERE c.lane_id = h.id),
          r.results, r.pushed_back) AS slowdown,
        (SELECT min(t.not_before) FROM probe_target t WHERE t.scan_id = p_scan AND t.lane_id = h.id) AS due
      FROM unnest(v_held) AS h (id)
      JOIN lane k ON k.scan_id = p_scan AND k.id = h.id
      LEFT JOIN (
        SELECT p.lane_id, count(*) AS results, count(*) FILTER (WHERE p.next_step <> 'retry') AS ended,
          count(*) FILTER (WHERE p.pushed_back) AS pushed_back
        FROM unnest(p_results) p GROUP BY p.lane_id
      ) q ON q.lane_id = h.id
      CROSS JOIN LATERAL (
        SELECT coalesce(q.results, 0) AS results, coalesce(q.ended, 0) AS ended, coalesce(q.pushed_back, 0) AS pushed_back
      ) r
      LEFT JOIN (SELECT p.lane_id, count(*) AS withdrawn FROM unnest(p_withdrawn) p GROUP BY p.lane_id) v
        ON v.lane_id = h.id
      CROSS JOIN LATERAL (SELECT coalesce(v.withdrawn, 0) AS withdrawn) w
    ) n
    WHERE l.scan_id = p_scan AND l.id = n.id AND s.id = p_scan;
  END IF;
  RETURN ARRAY(SELECT c.lane_id FROM unnest(p_lanes) c WHERE c.lane_id <> ALL (v_held) ORDER BY c.lane_id);
END $$;
COMMENT ON FUNCTION census.complete_lanes(integer, bigint, census.lane_completion[], census.probe_record[], census.certificate_record[], census.withdrawal[]) IS
  'Ends leases of lanes with the results they have and the targets they withdraw; targets with neither stay pending. Returns the lanes whose lease was lost: of those nothing is written.';

-- Who asked to be left alone was not seen: that says nothing about how mail is protected.
CREATE OR REPLACE VIEW census.host_result AS
SELECT h.scan_id, h.id AS host_id, h.name AS host, h.provider, h.status, r.outcome, r.conclusive, r.starttls,
  r.verified, r.findings, r.error, r.address, r.started_at, r.tls_version, r.cipher, r.chain_id,
  coalesce(o.answered_smtp, false) AS answered_smtp,
  CASE
    WHEN h.status IN ('dns_failure', 'opted_out') THEN 'unseen'
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

CREATE OR REPLACE FUNCTION census.roll_up_domains(p_scan integer) RETURNS void
LANGUAGE sql SET search_path = census, pg_temp SET work_mem = '128MB' SET jit = off AS $$
  DELETE FROM domain_verdict WHERE scan_id = p_scan;
  INSERT INTO domain_verdict (scan_id, domain_id, verdict, primary_host_id)
  SELECT p_scan, r.domain_id,
    CASE
      WHEN r.status IN ('null_mx', 'nxdomain', 'no_mail_host') THEN 'no_mail'
      WHEN r.status IN ('dns_failure', 'invalid_name', 'opted_out') THEN 'unresolved'
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
