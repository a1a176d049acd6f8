-- Bytes of the whole database on disk, with indexes, without WAL.
SELECT pg_database_size(current_database())
