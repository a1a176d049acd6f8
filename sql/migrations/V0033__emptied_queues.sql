-- What a scan still had to do is in two tables whose rows come and go. Their files, and indexes above all, do not shrink by that:
-- 130 bytes a domain at 80,000 domains, in each of the scans that are kept. They are emptied when a scan ends. Targets of lanes
-- that were given up stay, since retry_dead may take them up again.
CREATE FUNCTION census.empty_queues(p_scan integer) RETURNS void
-- Others wait behind whoever waits for this lock: not for as long as a backup reads.
LANGUAGE plpgsql SET search_path = census, pg_temp SET lock_timeout = '500ms' AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM probe_queue WHERE scan_id = p_scan) THEN
    EXECUTE format('TRUNCATE census.%I', 'probe_queue_s' || p_scan);
  END IF;
  IF NOT EXISTS (SELECT FROM probe_target WHERE scan_id = p_scan) THEN
    EXECUTE format('TRUNCATE census.%I', 'probe_target_s' || p_scan);
  END IF;
EXCEPTION WHEN lock_not_available THEN
  RAISE NOTICE 'the queues of scan % keep their space, since somebody reads them', p_scan;
END $$;
COMMENT ON FUNCTION census.empty_queues(integer) IS
  'Part of finish_scan: gives the space of what is done back to the system. The caller holds the lock of lock_planning.';

CREATE OR REPLACE FUNCTION census.finish_scan(p_scan integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_state text;
BEGIN
  SELECT state INTO v_state FROM scan WHERE id = p_scan;
  IF v_state IN ('finished', 'cancelled') THEN
    RETURN true;
  END IF;
  IF v_state IS NULL OR v_state = 'paused' OR NOT scan_can_end(p_scan, v_state) THEN
    RETURN false;
  END IF;
  PERFORM lock_planning(p_scan);
  -- Asked again under the lock: another coordinator may have planned, or finished the scan.
  SELECT state INTO v_state FROM scan WHERE id = p_scan FOR UPDATE;
  IF v_state NOT IN ('running', 'cancelling') OR NOT scan_can_end(p_scan, v_state) THEN
    RETURN v_state IN ('finished', 'cancelled');
  END IF;
  PERFORM add_up_progress(p_scan);
  IF v_state = 'running' THEN
    PERFORM complete_scan(p_scan);
  ELSE
    PERFORM roll_up(p_scan);
  END IF;
  PERFORM empty_queues(p_scan);
  UPDATE scan SET state = CASE v_state WHEN 'running' THEN 'finished' ELSE 'cancelled' END, finished_at = now()
  WHERE id = p_scan;
  RETURN true;
END $$;
