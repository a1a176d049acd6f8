-- What must exist before the first migration. Run under the migration lock. Once it is there, whoever migrates needs no
-- right to make schemas.
DO $$
BEGIN
  IF to_regclass('census.migration') IS NOT NULL THEN
    RETURN;
  END IF;
  CREATE SCHEMA IF NOT EXISTS census;
  COMMENT ON SCHEMA census IS 'mxcensus: how well mail exchangers protect mail in transit.';
  CREATE TABLE IF NOT EXISTS census.migration (
    version integer PRIMARY KEY CHECK (version > 0),
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
  );
  COMMENT ON TABLE census.migration IS 'Migrations of this schema that have been applied.';
  COMMENT ON COLUMN census.migration.version IS 'Number of the migration.';
  COMMENT ON COLUMN census.migration.name IS 'Its name.';
  COMMENT ON COLUMN census.migration.applied_at IS 'When it was applied.';
END $$;
