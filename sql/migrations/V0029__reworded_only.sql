-- Loading the words touches only what they change.
--
-- Every command that opens a private server loads them. An update of a row that does not differ locks it all the same, against the
-- foreign keys of a roll-up: whoever looked at the database while a scan was rolled up waited for minutes, or met it in a deadlock.

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
  EXCEPT SELECT code, stage, label, explanation, remedy, rfc8460, reference, study_class, ordinal, answered_smtp, protection
  FROM census.outcome
  ON CONFLICT (code) DO UPDATE SET stage = excluded.stage, label = excluded.label, explanation = excluded.explanation,
    remedy = excluded.remedy, rfc8460 = excluded.rfc8460, reference = excluded.reference,
    study_class = excluded.study_class, ordinal = excluded.ordinal, answered_smtp = excluded.answered_smtp,
    protection = excluded.protection;

  INSERT INTO census.finding (code, label, explanation, remedy, rfc8460, reference, ordinal)
  SELECT w.value->>'code', w.value->>'label', w.value->>'explanation', w.value->>'remedy', w.value->>'rfc8460',
    w.value->>'reference', w.ordinality
  FROM jsonb_array_elements(words->'finding') WITH ORDINALITY AS w
  EXCEPT SELECT code, label, explanation, remedy, rfc8460, reference, ordinal FROM census.finding
  ON CONFLICT (code) DO UPDATE
  SET label = excluded.label, explanation = excluded.explanation, remedy = excluded.remedy, rfc8460 = excluded.rfc8460,
    reference = excluded.reference, ordinal = excluded.ordinal;

  INSERT INTO census.domain_status_code (code, label, explanation, ordinal)
  SELECT w.value->>'code', w.value->>'label', w.value->>'explanation', w.ordinality
  FROM jsonb_array_elements(words->'domain_status') WITH ORDINALITY AS w
  EXCEPT SELECT code, label, explanation, ordinal FROM census.domain_status_code
  ON CONFLICT (code) DO UPDATE
  SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;

  INSERT INTO census.host_status_code (code, label, explanation, ordinal)
  SELECT w.value->>'code', w.value->>'label', w.value->>'explanation', w.ordinality
  FROM jsonb_array_elements(words->'host_status') WITH ORDINALITY AS w
  EXCEPT SELECT code, label, explanation, ordinal FROM census.host_status_code
  ON CONFLICT (code) DO UPDATE
  SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;

  INSERT INTO census.verdict_code (code, label, explanation, ordinal)
  SELECT w.value->>'code', w.value->>'label', w.value->>'explanation', w.ordinality
  FROM jsonb_array_elements(words->'verdict') WITH ORDINALITY AS w
  EXCEPT SELECT code, label, explanation, ordinal FROM census.verdict_code
  ON CONFLICT (code) DO UPDATE
  SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;
END;
