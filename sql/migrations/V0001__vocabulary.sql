-- The vocabularies: every code that a result may carry, with the words that explain it to people.
--
-- The rows come from `sql/vocabulary/Words.json`, which every migration run loads by `load_vocabulary`: better words need no
-- migration. The enumerations of the program are tested to equal these tables.

CREATE TABLE census.outcome (
  code text COLLATE "C" PRIMARY KEY,
  stage text COLLATE "C" NOT NULL
    CHECK (stage IN ('connect', 'greeting', 'starttls', 'handshake', 'certificate', 'session', 'trusted')),
  label text NOT NULL,
  explanation text NOT NULL,
  remedy text NOT NULL,
  rfc8460 text,
  study_class text,
  ordinal smallint NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED,
  answered_smtp boolean NOT NULL,
  protection text COLLATE "C" NOT NULL CHECK (protection IN ('trusted', 'encrypted', 'plain', 'unreachable'))
);
COMMENT ON TABLE census.outcome IS 'What a probe of one host address can find: its first cause, or trusted.';
COMMENT ON COLUMN census.outcome.code IS 'The code in results.';
COMMENT ON COLUMN census.outcome.stage IS 'The stage of the dialogue at which this outcome is decided.';
COMMENT ON COLUMN census.outcome.label IS 'A few words for tables.';
COMMENT ON COLUMN census.outcome.explanation IS 'What it means, for people who do not know TLS.';
COMMENT ON COLUMN census.outcome.remedy IS 'What the postmaster can do about it.';
COMMENT ON COLUMN census.outcome.rfc8460 IS 'Result type in TLS reports (RFC 8460 §4.3); NULL where there is none.';
COMMENT ON COLUMN census.outcome.study_class IS 'Class in the 2014 study''s table of failures; NULL where it had none.';
COMMENT ON COLUMN census.outcome.ordinal IS 'Order: earliest stage first; among certificate causes the order in which they are preferred.';
COMMENT ON COLUMN census.outcome.answered_smtp IS 'The host''s SMTP server was heard: a greeting of its own was read, whatever came after.';
COMMENT ON COLUMN census.outcome.protection IS 'What a conclusive look with this outcome says of the host: trusted, encrypted, plain or unreachable. An inconclusive look says nothing.';

CREATE TABLE census.finding (
  code text COLLATE "C" PRIMARY KEY,
  label text NOT NULL,
  explanation text NOT NULL,
  ordinal smallint NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE census.finding IS 'Something worth telling the postmaster about a probe, whether or not it is the outcome.';
COMMENT ON COLUMN census.finding.code IS 'The code in results.';
COMMENT ON COLUMN census.finding.label IS 'A few words for tables.';
COMMENT ON COLUMN census.finding.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.finding.ordinal IS 'Order in tables.';

CREATE TABLE census.domain_status_code (
  code text COLLATE "C" PRIMARY KEY,
  label text NOT NULL,
  explanation text NOT NULL,
  ordinal smallint NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE census.domain_status_code IS 'Where the mail of a domain goes, as DNS says.';
COMMENT ON COLUMN census.domain_status_code.code IS 'The code in results.';
COMMENT ON COLUMN census.domain_status_code.label IS 'A few words for tables.';
COMMENT ON COLUMN census.domain_status_code.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.domain_status_code.ordinal IS 'Order in tables.';

CREATE TABLE census.host_status_code (
  code text COLLATE "C" PRIMARY KEY,
  label text NOT NULL,
  explanation text NOT NULL,
  ordinal smallint NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE census.host_status_code IS 'Whether an MX host can be dialled.';
COMMENT ON COLUMN census.host_status_code.code IS 'The code in results.';
COMMENT ON COLUMN census.host_status_code.label IS 'A few words for tables.';
COMMENT ON COLUMN census.host_status_code.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.host_status_code.ordinal IS 'Order in tables.';

CREATE TABLE census.verdict_code (
  code text COLLATE "C" PRIMARY KEY,
  label text NOT NULL,
  explanation text NOT NULL,
  ordinal smallint NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE census.verdict_code IS 'How well the MX hosts of a domain, taken together, protect its mail.';
COMMENT ON COLUMN census.verdict_code.code IS 'The code in results.';
COMMENT ON COLUMN census.verdict_code.label IS 'A few words for tables.';
COMMENT ON COLUMN census.verdict_code.explanation IS 'What it means, in a sentence.';
COMMENT ON COLUMN census.verdict_code.ordinal IS 'Order in tables.';

CREATE FUNCTION census.load_vocabulary(words jsonb) RETURNS void
LANGUAGE sql
SET search_path = census, pg_temp
BEGIN ATOMIC
  INSERT INTO census.outcome
    (code, stage, label, explanation, remedy, rfc8460, study_class, ordinal, answered_smtp, protection)
  SELECT w.value->>'code', w.value->>'stage', w.value->>'label', w.value->>'explanation', w.value->>'remedy',
    w.value->>'rfc8460', w.value->>'study_class', w.ordinality, (w.value->>'answered_smtp')::boolean, w.value->>'protection'
  FROM jsonb_array_elements(words->'outcome') WITH ORDINALITY AS w
  ON CONFLICT (code) DO UPDATE SET stage = excluded.stage, label = excluded.label, explanation = excluded.explanation,
    remedy = excluded.remedy, rfc8460 = excluded.rfc8460, study_class = excluded.study_class,
    ordinal = excluded.ordinal, answered_smtp = excluded.answered_smtp, protection = excluded.protection;

  INSERT INTO census.finding (code, label, explanation, ordinal)
  SELECT w.value->>'code', w.value->>'label', w.value->>'explanation', w.ordinality
  FROM jsonb_array_elements(words->'finding') WITH ORDINALITY AS w
  ON CONFLICT (code) DO UPDATE
  SET label = excluded.label, explanation = excluded.explanation, ordinal = excluded.ordinal;

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
COMMENT ON FUNCTION census.load_vocabulary IS
  'Brings the vocabularies to the words of sql/vocabulary/Words.json. Codes are added and reworded, never removed.';

CREATE TYPE census.dnssec_status AS ENUM ('secure', 'insecure', 'bogus', 'indeterminate');
COMMENT ON TYPE census.dnssec_status IS 'DNSSEC status of an answer (RFC 4033 §5).';
CREATE TYPE census.dns_failure AS ENUM ('servfail', 'timeout', 'bogus', 'loop');
COMMENT ON TYPE census.dns_failure IS 'Why a DNS question got no usable answer.';
