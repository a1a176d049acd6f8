\set w :client_id + 1
\set r random(1, 1000000000)
SELECT scan_id AS s, lane_id AS l, fence AS f, target_id AS t, host_id AS h
FROM census.lease_lanes(:w::bigint, 1, 10, :r::bigint) \gset
SELECT census.complete_lanes(:s::integer, :w::bigint, ARRAY[(:l::bigint, :f::bigint, 0)::census.lane_completion],
  ARRAY[jsonb_populate_record(NULL::census.probe_record, jsonb_build_object('lane_id', :l::bigint, 'target_id', :t::bigint,
    'host_id', :h::bigint, 'next_step', 'final', 'started_at', now(), 'port', 25, 'outcome', 'starttls_not_offered',
    'findings', '[]'::jsonb, 'conclusive', true, 'starttls', false, 'verified', false, 'starttls_offered', false,
    'helo_only', false, 'bare_line_feed', false, 'second_look', false, 'pushed_back', false))], '{}');
