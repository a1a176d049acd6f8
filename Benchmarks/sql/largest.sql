-- Where those bytes are: the largest tables, partitions counted with their table, in bytes for each domain of the scan.
SELECT format('  %s bytes in %s', size / (SELECT domains FROM census.scan), name) FROM (
  SELECT regexp_replace(c.relname, '_s?[0-9]+$', '') AS name, sum(pg_total_relation_size(c.oid))::bigint AS size
  FROM pg_class c WHERE c.relnamespace = 'census'::regnamespace AND c.relkind = 'r' GROUP BY 1
) s ORDER BY size DESC LIMIT 10
