-- Active workers and what they hold.
SELECT worker_id, name, registered_at, resolve_batches, lanes FROM census.worker_state WHERE state = 'active' ORDER BY name, worker_id
