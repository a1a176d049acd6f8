-- Bytes of all tables of the census with their indexes and TOAST.
SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c WHERE c.relnamespace = 'census'::regnamespace AND c.relkind = 'r'
