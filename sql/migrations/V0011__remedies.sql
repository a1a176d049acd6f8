-- What a postmaster can do about a finding, and where the rule behind each outcome and finding is written down.
--
-- Rows of an older database get empty words here and the right ones at once: every migration run ends with
-- `load_vocabulary`.

ALTER TABLE census.outcome ADD COLUMN reference text NOT NULL DEFAULT '';
ALTER TABLE census.outcome ALTER COLUMN reference DROP DEFAULT;
COMMENT ON COLUMN census.outcome.reference IS 'The section of an RFC that the outcome is judged by.';

ALTER TABLE census.finding
  ADD COLUMN remedy text NOT NULL DEFAULT '',
  ADD COLUMN rfc8460 text,
  ADD COLUMN reference text NOT NULL DEFAULT '';
ALTER TABLE census.finding
  ALTER COLUMN remedy DROP DEFAULT,
  ALTER COLUMN reference DROP DEFAULT;
COMMENT ON COLUMN census.finding.remedy IS 'What the postmaster can do about it.';
COMMENT ON COLUMN census.finding.rfc8460 IS 'Result type in TLS reports (RFC 8460 §4.3); NULL where there is none.';
COMMENT ON COLUMN census.finding.reference IS 'The section of an RFC that the finding is judged by.';

CREATE OR REPLACE FUNCTION census.load_vocabulary(words jsonb) RETURNS void
LANGUAGE sql
SET search_path = census, pg_temp
BEGIN ATOMIC
  INSERT INTO census.outcome
    (code, stage, label, explanation, remedy, rfc8460, reference, study_class, ordinal, answered_smtp, protection)
  SELECT w.value->>'code', w.value->>'stage', w.value->>'label', w.value->>'explanation', w.value->>'remedy',
    w.value->>'rfc8460', w.value->>'reference', w.value->>'study_class', w.ordinality,
    (w.value->>'answered_smtp')::boolean, w.value->>'protection'
  FROM jsonb_array_elements(words->'outcome') WITH ORDINALITY AS w
  ON CONFLICT (code) DO UPDATE SET stage = excluded.stage, label = excluded.label, explanation = excluded.explanation,
    remedy = excluded.remedy, rfc8460 = excluded.rfc8460, reference = excluded.reference,
    study_class = excluded.study_class, ordinal = excluded.ordinal, answered_smtp = excluded.answered_smtp,
    protection = excluded.protection;

  INSERT INTO census.finding (code, label, explanation, remedy, rfc8460, reference, ordinal)
  SELECT w.value->>'code', w.value->>'label', w.value->>'explanation', w.value->>'remedy', w.value->>'rfc8460',
    w.value->>'reference', w.ordinality
  FROM jsonb_array_elements(words->'finding') WITH ORDINALITY AS w
  ON CONFLICT (code) DO UPDATE
  SET label = excluded.label, explanation = excluded.explanation, remedy = excluded.remedy, rfc8460 = excluded.rfc8460,
    reference = excluded.reference, ordinal = excluded.ordinal;

  INSERT INTO census.domain_status_code (code, label, explanation, ordinal)
  SELECT w.value->>'code', w.value->>'label', w.value->>'explanation', w.ordinality
  FROM jsonb_array_elements(words->'domain_status') WITH ORDINALITY AS w
  ON CONFLICT (code) DO UPDATE
  SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;

  INSERT INTO census.host_status_code (code, label, explanation, ordinal)
  SELECT w.value->>'code', w.value->>'label', w.value->>'explanation', w.ordinality
  FROM jsonb_array_elements(words->'host_status') WITH ORDINALITY AS w
  ON CONFLICT (code) DO UPDATE
  SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;

  INSERT INTO census.verdict_code (code, label, explanation, ordinal)
  SELECT w.value->>'code', w.value->>'label', w.value->>'explanation', w.ordinality
  FROM jsonb_array_elements(words->'verdict') WITH ORDINALITY AS w
  ON CONFLICT (code) DO UPDATE
  SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;
END;
