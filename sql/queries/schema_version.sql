-- The newest migration applied; 0 when there is only the table.
SELECT coalesce(max(version), 0) FROM census.migration
