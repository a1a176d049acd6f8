-- Scans that begin by the calendar.
--
-- A schedule has moments, numbered from 0, on which a scan is to begin: those of a day, a week or a month by the clock of
-- its time zone, so that 03:00 stays 03:00 when daylight saving begins or ends; those of an hour by elapsed time. A time
-- that the clock skips is an hour later by the clock; of a time that comes twice it is the second (PostgreSQL, appendix B.2).
--
-- next_at is the next moment that nobody has looked after. The leading coordinator calls run_due_schedules every round:
-- whoever has the row's lock starts one scan for the latest moment that has passed, records how many passed before it
-- without a run (an outage), and moves next_at on, in one transaction. So it may be called twice, or by two at once.
--
-- A moment at which a scan of the schedule is still unfinished is skipped, and recorded.

CREATE TABLE census.schedule (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE CHECK (name <> '' AND length(name) <= 100),
  list_id integer NOT NULL REFERENCES census.list,
  every_count integer NOT NULL CHECK (every_count BETWEEN 1 AND 1000),
  every_unit text COLLATE "C" NOT NULL CHECK (every_unit IN ('hour', 'day', 'week', 'month')),
  at_day smallint,
  at_time time NOT NULL,
  timezone text COLLATE "C" NOT NULL,
  first_date date NOT NULL,
  settings jsonb NOT NULL,
  trust_store_id integer NOT NULL REFERENCES census.trust_store,
  domain_limit bigint CHECK (domain_limit >= 1),
  paused boolean NOT NULL DEFAULT false,
  next_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (CASE every_unit
    WHEN 'hour' THEN at_day IS NULL AND at_time < '01:00'
    WHEN 'day' THEN at_day IS NULL
    WHEN 'week' THEN at_day IS NOT NULL AND at_day BETWEEN 1 AND 7
    ELSE at_day IS NOT NULL AND at_day BETWEEN 1 AND 31 END)
);
CREATE INDEX schedule_due ON census.schedule (next_at) WHERE NOT paused;
COMMENT ON TABLE census.schedule IS 'Scans that begin by the calendar.';
COMMENT ON COLUMN census.schedule.id IS 'Number of the schedule.';
COMMENT ON COLUMN census.schedule.name IS 'Its name; its scans are called by it and the date.';
COMMENT ON COLUMN census.schedule.list_id IS 'The list that is scanned, as it is when a scan begins.';
COMMENT ON COLUMN census.schedule.every_count IS 'Every so many …';
COMMENT ON COLUMN census.schedule.every_unit IS '… of these: hour, day, week or month.';
COMMENT ON COLUMN census.schedule.at_day IS 'Of weeks: 1 (Monday) to 7; of months: 1 to 31, where a shorter month has its last day; NULL of hours and days.';
COMMENT ON COLUMN census.schedule.at_time IS 'Time of the day by the clock of timezone; of hours: 00:00 to 00:59.';
COMMENT ON COLUMN census.schedule.timezone IS 'IANA time zone, as in pg_timezone_names.';
COMMENT ON COLUMN census.schedule.first_date IS 'Date of moment 0 in timezone; of months any day of its month.';
COMMENT ON COLUMN census.schedule.settings IS 'Settings of its scans, as in scan.settings.';
COMMENT ON COLUMN census.schedule.trust_store_id IS 'The authorities that its scans trust.';
COMMENT ON COLUMN census.schedule.domain_limit IS 'Only so many domains, the first of the list; NULL for all.';
COMMENT ON COLUMN census.schedule.paused IS 'It starts nothing.';
COMMENT ON COLUMN census.schedule.next_at IS 'The next moment that nobody has looked after; without meaning while paused.';
COMMENT ON COLUMN census.schedule.created_at IS 'When it was added.';

CREATE TABLE census.schedule_run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  schedule_id integer NOT NULL REFERENCES census.schedule ON DELETE CASCADE,
  due_at timestamptz NOT NULL,
  started_at timestamptz NOT NULL,
  by_hand boolean NOT NULL,
  result text COLLATE "C" NOT NULL CHECK (result IN ('started', 'skipped', 'failed')),
  missed bigint NOT NULL DEFAULT 0 CHECK (missed >= 0),
  scan_id integer REFERENCES census.scan ON DELETE SET NULL,
  scan_name text COLLATE "C",
  reason text,
  CHECK ((result = 'started') = (scan_name IS NOT NULL)),
  CHECK (result = 'started' OR scan_id IS NULL),
  CHECK ((result = 'started') = (reason IS NULL))
);
CREATE INDEX schedule_run_schedule ON census.schedule_run (schedule_id, id);
CREATE INDEX schedule_run_scan ON census.schedule_run (scan_id) WHERE scan_id IS NOT NULL;
COMMENT ON TABLE census.schedule_run IS 'What became of the moments of a schedule.';
COMMENT ON COLUMN census.schedule_run.id IS 'Number of the run, in the order of time.';
COMMENT ON COLUMN census.schedule_run.schedule_id IS 'The schedule.';
COMMENT ON COLUMN census.schedule_run.due_at IS 'The moment.';
COMMENT ON COLUMN census.schedule_run.started_at IS 'When it was looked after: later than due_at after an outage.';
COMMENT ON COLUMN census.schedule_run.by_hand IS 'Somebody asked for it.';
COMMENT ON COLUMN census.schedule_run.result IS 'started; skipped, because the previous scan had not ended; or failed.';
COMMENT ON COLUMN census.schedule_run.missed IS 'Moments before it that passed while no coordinator ran.';
COMMENT ON COLUMN census.schedule_run.scan_id IS 'The scan; NULL when none was started, or when it has been removed since.';
COMMENT ON COLUMN census.schedule_run.scan_name IS 'Name of the scan when it began; NULL when none was started.';
COMMENT ON COLUMN census.schedule_run.reason IS 'Why it was skipped or failed.';

-- MOMENTS

CREATE FUNCTION census.schedule_moment(p_schedule census.schedule, p_number bigint) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = census, pg_temp AS $$
  SELECT CASE p_schedule.every_unit
    WHEN 'hour' THEN (p_schedule.first_date + p_schedule.at_time) AT TIME ZONE p_schedule.timezone
      + p_number * p_schedule.every_count * interval '1 hour'
    WHEN 'month' THEN (least(m.first + p_schedule.at_day - 1, (m.first + interval '1 month')::date - 1)
      + p_schedule.at_time) AT TIME ZONE p_schedule.timezone
    ELSE (p_schedule.first_date + (p_number * p_schedule.every_count
      * CASE p_schedule.every_unit WHEN 'week' THEN 7 ELSE 1 END)::integer
      + p_schedule.at_time) AT TIME ZONE p_schedule.timezone
  END
  FROM (SELECT (date_trunc('month', p_schedule.first_date::timestamp)
    + make_interval(months => (p_number * p_schedule.every_count)::integer))::date) AS m (first)
$$;
COMMENT ON FUNCTION census.schedule_moment(census.schedule, bigint) IS 'Moment of this number, from 0, of a schedule.';

CREATE FUNCTION census.next_moment(p_schedule census.schedule, p_after timestamptz) RETURNS bigint
LANGUAGE sql STABLE SET search_path = census, pg_temp AS $$
  -- Guessed from the calendar, then the neighbours are looked at: moments come later than the guess, or earlier, by the
  -- time of the day and the clock's changes.
  SELECT min(n) FROM (
    SELECT CASE p_schedule.every_unit
      WHEN 'hour' THEN floor(extract(epoch FROM p_after - schedule_moment(p_schedule, 0)) / 3600)
      WHEN 'month' THEN (extract(year FROM c.date) - extract(year FROM p_schedule.first_date)) * 12
        + extract(month FROM c.date) - extract(month FROM p_schedule.first_date)
      WHEN 'week' THEN floor((c.date - p_schedule.first_date) / 7.0)
      ELSE c.date - p_schedule.first_date
    END
    FROM (SELECT (p_after AT TIME ZONE p_schedule.timezone)::date) AS c (date)
  ) AS e (elapsed),
  generate_series(greatest(0, floor(e.elapsed / p_schedule.every_count)::bigint - 2),
    greatest(0, floor(e.elapsed / p_schedule.every_count)::bigint) + 3) AS n
  WHERE schedule_moment(p_schedule, n) > p_after
$$;
COMMENT ON FUNCTION census.next_moment(census.schedule, timestamptz) IS
  'Number of the first moment of a schedule after p_after.';

CREATE FUNCTION census.next_run(p_schedule census.schedule, p_after timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = census, pg_temp AS $$
  SELECT schedule_moment(p_schedule, next_moment(p_schedule, p_after))
$$;
COMMENT ON FUNCTION census.next_run(census.schedule, timestamptz) IS 'The first moment of a schedule after p_after.';

-- WHAT PEOPLE DO WITH SCHEDULES

CREATE FUNCTION census.time_zone_name(p_name text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = census, pg_temp AS $$
DECLARE
  v_name text;
  v_similar text;
BEGIN
  SELECT z.name INTO v_name FROM pg_timezone_names z
  WHERE lower(z.name) = lower(p_name) AND z.name NOT IN ('localtime', 'posixrules')
  ORDER BY z.name = p_name DESC, z.name LIMIT 1;
  IF FOUND THEN
    RETURN v_name;
  END IF;
  SELECT string_agg(s.name, ', ') INTO v_similar FROM (
    SELECT z.name FROM pg_timezone_names z
    WHERE length(p_name) >= 3 AND strpos(lower(z.name), replace(lower(p_name), ' ', '_')) > 0
      AND z.name !~ '^(posix|right)/|^(localtime|posixrules)$'
    ORDER BY length(z.name), z.name LIMIT 3) AS s;
  RAISE EXCEPTION 'there is no time zone named ''%''; %', p_name,
    coalesce('similar: ' || v_similar, 'names are those of the IANA database, such as Europe/Zurich or UTC')
    USING ERRCODE = 'MX006';
END $$;
COMMENT ON FUNCTION census.time_zone_name(text) IS
  'A time zone as pg_timezone_names spells it, whatever the case. MX006: there is none of this name.';

CREATE FUNCTION census.add_schedule(
  p_name text, p_list text, p_every_count integer, p_every_unit text, p_at_day smallint, p_at_time time, p_timezone text,
  p_settings jsonb, p_trust_store bytea, p_limit bigint DEFAULT NULL, p_now timestamptz DEFAULT now()
) RETURNS integer
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_zone text := time_zone_name(p_timezone);
  v_today date := (p_now AT TIME ZONE v_zone)::date;
  v_list integer;
  v_schedule schedule;
BEGIN
  SELECT id INTO v_list FROM list WHERE name = p_list;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no list named ''%''', p_list USING ERRCODE = 'MX002';
  END IF;
  INSERT INTO trust_store (sha256, pem) VALUES (sha256(p_trust_store), p_trust_store) ON CONFLICT (sha256) DO NOTHING;
  INSERT INTO schedule AS s (name, list_id, every_count, every_unit, at_day, at_time, timezone, first_date, settings,
    trust_store_id, domain_limit, next_at, created_at)
  SELECT p_name, v_list, p_every_count, p_every_unit, p_at_day, p_at_time, v_zone,
    CASE p_every_unit WHEN 'week' THEN v_today + (p_at_day + 7 - extract(isodow FROM v_today)::integer) % 7 ELSE v_today END,
    p_settings, t.id, p_limit, p_now, p_now
  FROM trust_store t WHERE t.sha256 = sha256(p_trust_store)
  ON CONFLICT (name) DO NOTHING
  RETURNING s.* INTO v_schedule;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is a schedule named ''%'' already', p_name USING ERRCODE = 'MX003';
  END IF;
  -- Moment 0 is still to come: every two weeks is two weeks from the first run, not from today.
  IF p_every_unit <> 'hour' AND schedule_moment(v_schedule, 0) <= p_now THEN
    v_schedule.first_date := CASE p_every_unit
      WHEN 'month' THEN (date_trunc('month', v_today::timestamp) + interval '1 month')::date
      WHEN 'week' THEN v_schedule.first_date + 7
      ELSE v_schedule.first_date + 1 END;
  END IF;
  UPDATE schedule SET first_date = v_schedule.first_date, next_at = next_run(v_schedule, p_now) WHERE id = v_schedule.id;
  RETURN v_schedule.id;
END $$;
COMMENT ON FUNCTION census.add_schedule(text, text, integer, text, smallint, time, text, jsonb, bytea, bigint, timestamptz) IS
  'A new schedule for an imported list; its first run is the first moment after p_now. Returns its number.';

CREATE FUNCTION census.lock_schedule(p_name text) RETURNS census.schedule
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_schedule schedule;
BEGIN
  SELECT * INTO v_schedule FROM schedule WHERE name = p_name FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'there is no schedule named ''%''', p_name USING ERRCODE = 'MX002';
  END IF;
  RETURN v_schedule;
END $$;
COMMENT ON FUNCTION census.lock_schedule(text) IS 'Part of the functions below: the schedule, locked. MX002: there is none.';

CREATE FUNCTION census.pause_schedule(p_name text) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
BEGIN
  PERFORM lock_schedule(p_name);
  UPDATE schedule SET paused = true WHERE name = p_name;
END $$;
COMMENT ON FUNCTION census.pause_schedule(text) IS 'The schedule starts nothing from now on; a scan that runs goes on.';

CREATE FUNCTION census.resume_schedule(p_name text, p_now timestamptz DEFAULT now()) RETURNS timestamptz
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_schedule schedule := lock_schedule(p_name);
BEGIN
  IF v_schedule.paused THEN
    UPDATE schedule SET paused = false, next_at = next_run(v_schedule, p_now) WHERE id = v_schedule.id
    RETURNING next_at INTO v_schedule.next_at;
  END IF;
  RETURN v_schedule.next_at;
END $$;
COMMENT ON FUNCTION census.resume_schedule(text, timestamptz) IS
  'A paused schedule goes on with its next moment; those in the pause are not caught up. Returns when it runs next.';

CREATE FUNCTION census.remove_schedule(p_name text) RETURNS void
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
BEGIN
  PERFORM lock_schedule(p_name);
  DELETE FROM schedule WHERE name = p_name;
END $$;
COMMENT ON FUNCTION census.remove_schedule(text) IS 'Removes a schedule and the record of its runs. Its scans stay.';

-- RUNS

CREATE FUNCTION census.unfinished_scan_of(p_schedule integer) RETURNS text
LANGUAGE sql STABLE SET search_path = census, pg_temp AS $$
  SELECT s.name FROM schedule_run r JOIN scan s ON s.id = r.scan_id
  WHERE r.schedule_id = p_schedule AND s.finished_at IS NULL
  ORDER BY r.id DESC LIMIT 1
$$;
COMMENT ON FUNCTION census.unfinished_scan_of(integer) IS 'Name of the scan of a schedule that has not ended; NULL when all have.';

CREATE FUNCTION census.start_scheduled_scan(p_schedule census.schedule, p_now timestamptz, OUT scan_id integer, OUT scan_name text)
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_base text := format('%s-%s', p_schedule.name, to_char(p_now AT TIME ZONE p_schedule.timezone, 'YYYY-MM-DD'));
  v_list text;
  v_number integer := 1;
  v_pem bytea;
BEGIN
  -- Not to wait for an import, which locks its list for as long as it lasts.
  SELECT l.name INTO STRICT v_list FROM list l WHERE l.id = p_schedule.list_id FOR SHARE NOWAIT;
  SELECT t.pem INTO STRICT v_pem FROM trust_store t WHERE t.id = p_schedule.trust_store_id;
  LOOP
    scan_name := v_base || CASE WHEN v_number > 1 THEN '-' || v_number ELSE '' END;
    IF NOT EXISTS (SELECT FROM scan s WHERE s.name = scan_name) THEN
      BEGIN
        scan_id := create_scan(scan_name, v_list, p_schedule.settings, v_pem, p_schedule.domain_limit);
        RETURN;
      EXCEPTION WHEN SQLSTATE 'MX003' THEN
        NULL;  -- Somebody took the name meanwhile.
      END;
    END IF;
    v_number := v_number + 1;
  END LOOP;
END $$;
COMMENT ON FUNCTION census.start_scheduled_scan(census.schedule, timestamptz) IS
  'Part of the functions below: begins a scan named by the schedule and the date in its time zone, with a number where that is taken.';

CREATE FUNCTION census.run_schedule(p_schedule census.schedule, p_now timestamptz) RETURNS SETOF census.schedule_run
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_next bigint;
  v_due timestamptz := p_schedule.next_at;
  v_missed bigint := 0;
  v_running text;
  v_scan record;
  v_error text;
BEGIN
  BEGIN
    v_next := next_moment(p_schedule, p_now);
    v_due := schedule_moment(p_schedule, v_next - 1);
    v_missed := greatest(0, v_next - 1 - next_moment(p_schedule, p_schedule.next_at - interval '1 microsecond'));
    UPDATE schedule SET next_at = schedule_moment(p_schedule, v_next) WHERE id = p_schedule.id;
    v_running := unfinished_scan_of(p_schedule.id);
    IF v_running IS NOT NULL THEN
      RETURN QUERY INSERT INTO schedule_run (schedule_id, due_at, started_at, by_hand, result, missed, reason)
      VALUES (p_schedule.id, v_due, p_now, false, 'skipped', v_missed, format('scan ''%s'' has not ended', v_running))
      RETURNING *;
    ELSE
      SELECT * INTO v_scan FROM start_scheduled_scan(p_schedule, p_now);
      RETURN QUERY INSERT INTO schedule_run (schedule_id, due_at, started_at, by_hand, result, missed, scan_id, scan_name)
      VALUES (p_schedule.id, v_due, p_now, false, 'started', v_missed, v_scan.scan_id, v_scan.scan_name)
      RETURNING *;
    END IF;
    RETURN;
  EXCEPTION
    WHEN lock_not_available OR deadlock_detected THEN
      RETURN;  -- It stays due: the next round tries again.
    WHEN OTHERS THEN
      v_error := SQLERRM;
  END;
  -- Without a next moment, as when the time zone is no longer known, it would fail in every round.
  BEGIN
    UPDATE schedule SET next_at = next_run(p_schedule, p_now) WHERE id = p_schedule.id;
  EXCEPTION WHEN OTHERS THEN
    UPDATE schedule SET paused = true WHERE id = p_schedule.id;
    v_error := v_error || '; the schedule is paused';
  END;
  RETURN QUERY INSERT INTO schedule_run (schedule_id, due_at, started_at, by_hand, result, missed, reason)
  VALUES (p_schedule.id, v_due, p_now, false, 'failed', v_missed, left(v_error, 1000))
  RETURNING *;
END $$;
COMMENT ON FUNCTION census.run_schedule(census.schedule, timestamptz) IS
  'Part of run_due_schedules: starts, skips or fails the latest moment of a locked schedule. Nothing when it has to be tried again.';

CREATE FUNCTION census.run_due_schedules(p_now timestamptz DEFAULT now())
RETURNS TABLE (schedule text, due_at timestamptz, result text, missed bigint, scan_name text, reason text)
LANGUAGE plpgsql SET search_path = census, pg_temp SET lock_timeout = '2s' AS $$
#variable_conflict use_column
DECLARE
  v_schedule schedule;
  v_run schedule_run;
  v_started integer := 0;
BEGIN
  FOR v_schedule IN
    SELECT * FROM schedule s WHERE NOT s.paused AND s.next_at <= p_now ORDER BY s.next_at, s.id FOR UPDATE SKIP LOCKED
  LOOP
    FOR v_run IN SELECT * FROM run_schedule(v_schedule, p_now) LOOP
      RETURN QUERY SELECT v_schedule.name, v_run.due_at, v_run.result, v_run.missed, v_run.scan_name, v_run.reason;
      v_started := v_started + (v_run.result = 'started')::integer;
    END LOOP;
    -- Each scan takes locks on a set of new tables, and a transaction may have only so many.
    EXIT WHEN v_started >= 10;
  END LOOP;
END $$;
COMMENT ON FUNCTION census.run_due_schedules(timestamptz) IS
  'Starts a scan for every schedule that is due, ten at most, and returns what became of them. Safe to repeat and to call from several sessions at once.';

CREATE FUNCTION census.run_schedule_now(p_name text, p_now timestamptz DEFAULT now()) RETURNS text
LANGUAGE plpgsql SET search_path = census, pg_temp AS $$
DECLARE
  v_schedule schedule := lock_schedule(p_name);
  v_running text := unfinished_scan_of(v_schedule.id);
  v_scan record;
BEGIN
  IF v_running IS NOT NULL THEN
    RAISE EXCEPTION 'scan ''%'' of schedule ''%'' has not ended', v_running, p_name USING ERRCODE = 'MX005';
  END IF;
  SELECT * INTO v_scan FROM start_scheduled_scan(v_schedule, p_now);
  INSERT INTO schedule_run (schedule_id, due_at, started_at, by_hand, result, scan_id, scan_name)
  VALUES (v_schedule.id, p_now, p_now, true, 'started', v_scan.scan_id, v_scan.scan_name);
  RETURN v_scan.scan_name;
END $$;
COMMENT ON FUNCTION census.run_schedule_now(text, timestamptz) IS
  'Begins a scan of a schedule at once, also of a paused one; its moments stay. Returns the scan''s name. MX005: its scan has not ended.';

CREATE VIEW census.schedule_state AS
SELECT s.name, l.name AS list, s.every_count, s.every_unit, s.at_day, s.at_time, s.timezone, s.paused,
  CASE WHEN NOT s.paused THEN s.next_at END AS next_at,
  census.unfinished_scan_of(s.id) AS running_scan, r.due_at AS last_due_at, r.result AS last_result,
  r.scan_name AS last_scan, r.reason AS last_reason
FROM census.schedule s
JOIN census.list l ON l.id = s.list_id
LEFT JOIN LATERAL (
  SELECT * FROM census.schedule_run r WHERE r.schedule_id = s.id ORDER BY r.id DESC LIMIT 1) AS r ON true;
COMMENT ON VIEW census.schedule_state IS 'Schedules, when they run next, and what became of their latest run.';
COMMENT ON COLUMN census.schedule_state.name IS 'Name of the schedule.';
COMMENT ON COLUMN census.schedule_state.list IS 'The list that is scanned.';
COMMENT ON COLUMN census.schedule_state.every_count IS 'Every so many …';
COMMENT ON COLUMN census.schedule_state.every_unit IS '… of these: hour, day, week or month.';
COMMENT ON COLUMN census.schedule_state.at_day IS 'Day of the week from 1 (Monday), or of the month; NULL of hours and days.';
COMMENT ON COLUMN census.schedule_state.at_time IS 'Time of the day.';
COMMENT ON COLUMN census.schedule_state.timezone IS 'Time zone of the day and time.';
COMMENT ON COLUMN census.schedule_state.paused IS 'It starts nothing.';
COMMENT ON COLUMN census.schedule_state.next_at IS 'When it runs next; NULL while paused.';
COMMENT ON COLUMN census.schedule_state.running_scan IS 'Its scan that has not ended; NULL when there is none.';
COMMENT ON COLUMN census.schedule_state.last_due_at IS 'Moment of the latest run; NULL before the first.';
COMMENT ON COLUMN census.schedule_state.last_result IS 'started, skipped or failed.';
COMMENT ON COLUMN census.schedule_state.last_scan IS 'Name of the scan that it started.';
COMMENT ON COLUMN census.schedule_state.last_reason IS 'Why it was skipped or failed.';
