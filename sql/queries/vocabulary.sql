-- All codes with their words.
SELECT 'outcome' AS kind, code, label, explanation, remedy, rfc8460, study_class, ordinal::integer FROM census.outcome
UNION ALL
SELECT 'finding', code, label, explanation, NULL, NULL, NULL, ordinal FROM census.finding
UNION ALL
SELECT 'domain_status', code, label, explanation, NULL, NULL, NULL, ordinal FROM census.domain_status_code
UNION ALL
SELECT 'host_status', code, label, explanation, NULL, NULL, NULL, ordinal FROM census.host_status_code
UNION ALL
SELECT 'verdict', code, label, explanation, NULL, NULL, NULL, ordinal FROM census.verdict_code
ORDER BY kind, ordinal
