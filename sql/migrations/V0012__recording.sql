-- More of what a probe sees: how far the handshake got, what signed it, and what the host shows without SNI.

ALTER TABLE census.probe_result
  ADD COLUMN ehlo_refusal text,
  ADD COLUMN handshake_step text COLLATE "C",
  ADD COLUMN dh_bits integer,
  ADD COLUMN signature_digest text COLLATE "C",
  ADD COLUMN second_look boolean NOT NULL DEFAULT false,
  ADD COLUMN second_look_failure text COLLATE "C" CHECK (second_look_failure IS NULL OR second_look),
  ADD COLUMN second_look_chain_id bigint CHECK (second_look_chain_id IS NULL OR second_look);
COMMENT ON COLUMN census.probe_result.ehlo_refusal IS 'The refusal of EHLO after which HELO was tried; NULL when EHLO was not refused for good.';
COMMENT ON COLUMN census.probe_result.handshake_step IS 'The newest handshake message read from the server, such as server_hello, or client_hello when none was; NULL when no handshake was begun, or in scans before this column.';
COMMENT ON COLUMN census.probe_result.dh_bits IS 'Bits of the server''s ephemeral finite-field Diffie-Hellman key; NULL when it used a curve or none.';
COMMENT ON COLUMN census.probe_result.signature_digest IS 'Digest with which the server signed the handshake, such as SHA256; NULL when nothing was signed, or the scheme has no digest of its own (Ed25519).';
COMMENT ON COLUMN census.probe_result.second_look IS 'The host was asked once more, without SNI (RFC 6066 §3).';
COMMENT ON COLUMN census.probe_result.second_look_failure IS 'What ended the second look before its natural end, as in failure; NULL when nothing did, or there was none.';
COMMENT ON COLUMN census.probe_result.second_look_chain_id IS 'The certificates it sent without SNI; NULL when it sent none, or there was no second look.';

CREATE FUNCTION census.second_look_result(p_first bigint, p_second bigint, p_failure text) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN p_second = p_first THEN 'same'
    WHEN p_second IS NOT NULL THEN (
      SELECT CASE WHEN a.certificates[1] = b.certificates[1] THEN 'same' ELSE 'other' END
      FROM census.chain b LEFT JOIN census.chain a ON a.id = p_first WHERE b.id = p_second)
    WHEN p_failure LIKE 'handshake:%' AND p_failure NOT IN ('handshake:timeout', 'handshake:reset') THEN 'no_certificate'
    ELSE 'unseen'
  END
$$;
COMMENT ON FUNCTION census.second_look_result(bigint, bigint, text) IS
  'What a second look, which got the chain p_second or ended with p_failure, shows beside the first, which got the chain p_first: same (leaf), other, no_certificate, or unseen when it says nothing.';

ALTER TYPE census.probe_record
  ADD ATTRIBUTE handshake_step text,
  ADD ATTRIBUTE dh_bits integer,
  ADD ATTRIBUTE signature_digest text,
  ADD ATTRIBUTE second_look boolean,
  ADD ATTRIBUTE second_look_failure text,
  ADD ATTRIBUTE second_look_chain integer[],
  ADD ATTRIBUTE ehlo_refusal text;
COMMENT ON TYPE census.probe_record IS
  'One attempt: what was seen, how it was judged, and what follows: final, next_address or retry. "chain" and "second_look_chain" hold places in the array of certificates, from 1.';

-- Writes the results of lanes that the caller has locked, and what follows from each. Each record must belong to a
-- pending target of its lane, once.
CREATE OR REPLACE FUNCTION census.write_probes(
  p_scan integer, p_held bigint[], p_results census.probe_record[], p_certificates census.certificate_record[]
) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp SET plan_cache_mode = force_custom_plan
  SET jit = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
  v_results probe_record[] := ARRAY(SELECT r FROM unnest(p_results) r WHERE r.lane_id = ANY (p_held));
  v_ids bigint[] := add_certificates(p_certificates);
  v_matched bigint;
  v_finished bigint;
  v_moved bigint;
BEGIN
  PERFORM check_records(v_results);
  INSERT INTO chain (certificates)
  SELECT DISTINCT ARRAY(SELECT v_ids[place] FROM unnest(s.places) WITH ORDINALITY AS c (place, n) ORDER BY n) AS certificates
  FROM (
    SELECT r.chain AS places FROM unnest(v_results) r
    UNION ALL
    SELECT r.second_look_chain FROM unnest(v_results) r
  ) s
  WHERE cardinality(s.places) > 0
  ORDER BY certificates
  ON CONFLICT (certificates) DO NOTHING;

  WITH seen AS MATERIALIZED (
    SELECT r.*, t.ordinal, t.attempt, t.address, t.has_next,
      CASE WHEN cardinality(r.chain) > 0
        THEN ARRAY(SELECT v_ids[place] FROM unnest(r.chain) WITH ORDINALITY AS c (place, n) ORDER BY n) END AS certificates,
      CASE WHEN cardinality(r.second_look_chain) > 0
        THEN ARRAY(SELECT v_ids[place] FROM unnest(r.second_look_chain) WITH ORDINALITY AS c (place, n) ORDER BY n)
      END AS second_certificates
    FROM unnest(v_results) r
    JOIN probe_target t ON t.scan_id = p_scan AND t.host_id = r.host_id AND t.id = r.target_id AND t.lane_id = r.lane_id
    WHERE r.next_step <> 'next_address' OR t.has_next
  ), written AS (
    INSERT INTO probe_result (scan_id, host_id, ordinal, attempt, final, address, port, started_at, outcome,
      handshake_failure, findings, conclusive, starttls, verified, error, failure, greeting, ehlo, starttls_reply,
      ehlo_tls, starttls_offered, masked_keyword, helo_only, bare_line_feed, plaintext_after_starttls, tls_version,
      cipher, key_group, cipher_bits, forward_secrecy, client_certificate_requested, ocsp_staple, verify_error,
      connect_ms, greeting_ms, ehlo_ms, starttls_ms, handshake_ms, ehlo_tls_ms, quit_ms, chain_id,
      handshake_step, dh_bits, signature_digest, second_look, second_look_failure, second_look_chain_id,
      ehlo_refusal)
    SELECT p_scan, r.host_id, r.ordinal, r.attempt, r.next_step = 'final', r.address, r.port, r.started_at, r.outcome,
      r.handshake_failure, r.findings, r.conclusive, r.starttls, r.verified, r.error, r.failure, r.greeting, r.ehlo,
      r.starttls_reply, r.ehlo_tls, r.starttls_offered, r.masked_keyword, r.helo_only, r.bare_line_feed,
      r.plaintext_after_starttls, r.tls_version, r.cipher, r.key_group, r.cipher_bits, r.forward_secrecy,
      r.client_certificate_requested, r.ocsp_staple, r.verify_error, r.connect_ms, r.greeting_ms, r.ehlo_ms,
      r.starttls_ms, r.handshake_ms, r.ehlo_tls_ms, r.quit_ms,
      (SELECT c.id FROM chain c WHERE c.certificates = r.certificates),
      r.handshake_step, r.dh_bits, r.signature_digest, r.second_look, r.second_look_failure,
      (SELECT c.id FROM chain c WHERE c.certificates = r.second_certificates), r.ehlo_refusal
    FROM seen r
  ), retried AS (
    UPDATE probe_target t SET id = nextval('probe_target_id_seq'), attempt = t.attempt + 1,
      not_before = now() + make_interval(secs => r.retry_seconds)
    FROM seen r WHERE r.next_step = 'retry' AND t.scan_id = p_scan AND t.host_id = r.host_id
  ), finished AS (
    DELETE FROM probe_target t USING seen r
    WHERE r.next_step <> 'retry' AND t.scan_id = p_scan AND t.host_id = r.host_id
    RETURNING t.host_id
  ), moved AS (
    INSERT INTO probe_queue (scan_id, host_id, ordinal)
    SELECT p_scan, r.host_id, r.ordinal + 1 FROM seen r WHERE r.next_step = 'next_address'
    RETURNING host_id
  )
  SELECT (SELECT count(*) FROM seen), (SELECT count(*) FROM finished), (SELECT count(*) FROM moved)
  INTO v_matched, v_finished, v_moved;

  IF v_matched <> cardinality(v_results) THEN
    RAISE EXCEPTION '% of % probe records belong to no pending target of their lane, or ask for a next address that does not exist',
      cardinality(v_results) - v_matched, cardinality(v_results) USING ERRCODE = 'MX004';
  END IF;
  INSERT INTO progress_delta (scan_id, targets, targets_done) VALUES (p_scan, v_moved, v_finished);
END $$;
