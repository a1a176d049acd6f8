\set w :client_id + 1
\set r random(1, 1000000000)
SELECT * FROM census.lease_lanes(:w::bigint, :atonce, 10, :r::bigint);
