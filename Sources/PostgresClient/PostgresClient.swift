// PostgresClient: PostgreSQL through libpq.
//
// Owns: connections, parameters and rows in PostgreSQL's binary format, COPY, cursors, transactions, a small pool,
// errors by SQLSTATE.
// Must not know: mail, scans, migrations, any table.
// Concurrency: libpq calls block, so each `Connection` is an actor whose executor is a thread of its own. Cancelling
// the calling task asks the server to cancel the statement.
// No state of a session is used (prepared names, session locks, LISTEN), so that a pooler in transaction mode may
// stand between.
// Entry types: `ConnectionPool`, `Connection`, `ConnectionSettings`, `Parameter`, `Row`, `PostgresError`.
