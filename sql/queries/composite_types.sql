-- Object ids of the types in which workers hand over their results.
SELECT typname::text, oid, typarray FROM pg_type
WHERE typnamespace = 'census'::regnamespace
  AND typname IN ('domain_answer', 'host_answer', 'lane_completion', 'certificate_record', 'probe_record', 'withdrawal',
    'look_note')
