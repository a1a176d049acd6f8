\set w :client_id + 1
\set r random(1, 1000000000)
SELECT scan_id AS s, batch_id AS b, fence AS f, domain_id AS d, name AS n
FROM census.lease_resolve(:w::bigint, 1, :r::bigint) \gset
SELECT census.complete_resolve(:s::integer, :b::integer, :w::bigint, :f::bigint,
  ARRAY[(:d::bigint, 'nxdomain', NULL, 'insecure', '{}', '{}')::census.domain_answer], '{}');
