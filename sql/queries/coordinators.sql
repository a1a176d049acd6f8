-- Coordinators that are alive, the leader first.
SELECT name, registered_at, leads FROM census.coordinator_state WHERE alive ORDER BY leads DESC, registered_at, name
