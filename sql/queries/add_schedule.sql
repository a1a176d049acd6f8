-- A new schedule. $5: day of the week or month, or NULL; $6: minutes since midnight; $11: now, or NULL for the clock.
SELECT census.add_schedule($1, $2, $3, $4, $5::integer::smallint, make_time($6::integer / 60, $6::integer % 60, 0), $7,
  $8::text::jsonb, $9, $10, coalesce($11, now()))
