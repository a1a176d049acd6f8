// The bare writer: COPY of rows that a libpq client has at hand, field by field in the binary format, into tables without
// indexes. It is the cost below which no writer of those rows can go.
// Usage: copy ROUNDS TABLE…; where: libpq's environment. The rows are those that the tables hold, read before the measurement.
// Writes for each round the rows of the first TABLE per second of CPU time, that for the rows of the others included.
#include "cpu.h"
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PGconn *connection;

static void fail(const char *what) {
    fprintf(stderr, "copy: %s: %s", what, PQerrorMessage(connection));
    exit(1);
}

static PGresult *run(const char *format, const char *table) {
    char sql[512];
    snprintf(sql, sizeof sql, format, table);
    PGresult *result = PQexecParams(connection, sql, 0, NULL, NULL, NULL, NULL, 1);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_COPY_IN) fail(sql);
    return result;
}

static char *put(char *at, const void *bytes, size_t count) {
    memcpy(at, bytes, count);
    return at + count;
}

static void send_row(PGresult *rows, int row, char **buffer, size_t *room) {
    int fields = PQnfields(rows);
    size_t need = 2;
    for (int i = 0; i < fields; i++) need += 4 + (size_t)PQgetlength(rows, row, i);
    if (need > *room) *buffer = realloc(*buffer, *room = need);
    uint16_t count = htons((uint16_t)fields);
    char *at = put(*buffer, &count, sizeof count);
    for (int i = 0; i < fields; i++) {
        int length = PQgetisnull(rows, row, i) ? -1 : PQgetlength(rows, row, i);
        uint32_t prefix = htonl((uint32_t)length);
        at = put(at, &prefix, sizeof prefix);
        if (length > 0) at = put(at, PQgetvalue(rows, row, i), (size_t)length);
    }
    if (PQputCopyData(connection, *buffer, (int)(at - *buffer)) != 1) fail("PQputCopyData");
}

static void copy(const char *table, PGresult *rows) {
    static char *buffer;
    static size_t room;
    PQclear(run("COPY bare_%s FROM STDIN (FORMAT binary)", table));
    // Signature, flags and the length of an extension; the last zero is the literal's own.
    static const char head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
    if (PQputCopyData(connection, head, sizeof head) != 1) fail("PQputCopyData");
    for (int row = 0; row < PQntuples(rows); row++) send_row(rows, row, &buffer, &room);
    if (PQputCopyData(connection, "\377\377", 2) != 1 || PQputCopyEnd(connection, NULL) != 1) fail("PQputCopyEnd");
    PGresult *result;
    while ((result = PQgetResult(connection)) != NULL) {
        if (PQresultStatus(result) != PGRES_COMMAND_OK) fail("COPY");
        PQclear(result);
    }
}

int main(int argc, char **argv) {
    if (argc < 3) return 64;
    int tables = argc - 2;
    connection = PQconnectdb("");
    if (PQstatus(connection) != CONNECTION_OK) fail("connect");
    PGresult **rows = calloc((size_t)tables, sizeof *rows);
    for (int i = 0; i < tables; i++) {
        rows[i] = run("SELECT * FROM census.%s", argv[i + 2]);
        char sql[512];
        snprintf(sql, sizeof sql, "CREATE TABLE bare_%%s (LIKE census.%s)", argv[i + 2]);
        PQclear(run(sql, argv[i + 2]));
    }
    for (int round = 0; round < atoi(argv[1]); round++) {
        double before = cpu_microseconds();
        for (int i = 0; i < tables; i++) copy(argv[i + 2], rows[i]);
        printf("%.0f\n", PQntuples(rows[0]) / (cpu_microseconds() - before) * 1e6);
        for (int i = 0; i < tables; i++) PQclear(run("TRUNCATE bare_%s", argv[i + 2]));
    }
    PQfinish(connection);
    return 0;
}
