#!/bin/bash
# Measures the candidate DNS libraries side by side; prints the table of docs/decisions/0001-dns-library.md.
#
# Everything runs on 127.0.0.1, on high ports, in a temporary folder. Debian packages needed:
#   gcc libunbound-dev libevent-dev libc-ares-dev unbound nsd ldnsutils dns-root-data
# Usage: run.sh [LOOKUPS]      (default 40000 for each row)
set -euo pipefail
cd "$(dirname "$0")"
lookups=${1:-40000}
folder=$(mktemp -d)
children=()
cleanup() {
    kill "${children[@]}" 2>/dev/null || true
    wait || true
    rm -rf "$folder"
}
trap cleanup EXIT
ulimit -n "$(ulimit -Hn)"

flags=(-O2 -Wall -Wextra -Werror)
gcc "${flags[@]}" -o "$folder/responder" ../Bare/responder.c
gcc "${flags[@]}" -o "$folder/lookups" lookups.c -lunbound -levent -lcares

responder=15353 authority=15354 stub=15355 validating_stub=15356
"$folder/responder" $responder >/dev/null &
children+=($!)

# A zone with one MX a name, signed with P-256 under its own trust anchor, served by nsd.
sign_zone() {
    cd "$folder"
    {
        echo "\$ORIGIN bench.example."
        echo "\$TTL 3600"
        echo '@ SOA ns hostmaster 1 3600 900 604800 300'
        echo '@ NS ns'
        echo 'ns A 127.0.0.1'
        seq 0 $((lookups - 1)) | sed 's/.*/n& MX 10 mx/'
        echo 'mx A 127.1.2.3'
    } >zone
    key=$(ldns-keygen -a ECDSAP256SHA256 -k bench.example)
    ldns-signzone -f zone.signed zone "$key"
    cp "$key.ds" anchor
    cat >nsd.conf <<END
server:
    ip-address: 127.0.0.1@$authority
    do-ip6: no
    username: ""
    chroot: ""
    zonesdir: "$folder"
    database: ""
    pidfile: "$folder/nsd.pid"
    xfrdfile: "$folder/xfrd.state"
    zonelistfile: "$folder/zone.list"
    rrl-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: bench.example
    zonefile: zone.signed
END
    nsd -d -c nsd.conf >nsd.log 2>&1 &
    children+=($!)
    cd - >/dev/null
}

# A local unbound daemon on port $1, forwarding to port $2; $3: further options.
start_daemon() {
    cat >"$folder/unbound-$1.conf" <<END
server:
    interface: 127.0.0.1@$1
    username: ""
    chroot: ""
    directory: "$folder"
    pidfile: ""
    use-syslog: no
    do-not-query-localhost: no
    do-daemonize: no
    outgoing-range: 12000
    num-queries-per-thread: 12000
    so-rcvbuf: 4m
    $3
remote-control:
    control-enable: no
forward-zone:
    name: "."
    forward-addr: 127.0.0.1@$2
END
    unbound -d -c "$folder/unbound-$1.conf" 2>"$folder/unbound-$1.log" &
    daemon=$!
    children+=("$daemon")
    sleep 1
}

# User and system time of process $1 in microseconds.
cpu_of() { awk -v tick="$(getconf CLK_TCK)" '{ printf "%d", ($14 + $15) * 1e6 / tick }' "/proc/$1/stat"; }

row() { # LABEL MODE PORT OUTSTANDING COUNT DEAD [ANCHOR]
    printf '%-38s' "$1"
    shift
    local before=0 after=0
    [ -n "${daemon:-}" ] && before=$(cpu_of "$daemon")
    local line
    line=$("$folder/lookups" "$1" "$2" "$3" "$4" "$5" bench.example ${6+"$6"})
    if [ -n "${daemon:-}" ]; then
        after=$(cpu_of "$daemon")
        printf '%s   + daemon %.1f us\n' "$line" "$(((after - before) * 10 / $4))e-1"
    else
        echo "$line"
    fi
}

printf '%-38s%8s %6s %6s %8s %8s %8s %8s %6s %7s %7s %6s\n' "" "per s" "user" "system" answers secure servfail timeout other \
    "answer" "slowest" MiB
for outstanding in 2000 10000; do
    for dead in 0 5; do
        about="$outstanding outstanding, $dead % dead"
        daemon=
        row "libunbound thread, $about" ub-thread $responder $outstanding "$lookups" $dead
        row "libunbound event, $about" ub-event $responder $outstanding "$lookups" $dead
        row "c-ares, $about" c-ares $responder $outstanding "$lookups" $dead
        start_daemon $stub $responder 'module-config: "iterator"'
        row "local unbound, $about" c-ares $stub $outstanding "$lookups" $dead
        kill "$daemon"
        wait "$daemon" || true
    done
done
sign_zone
sleep 1
for outstanding in 2000 10000; do
    about="$outstanding outstanding, DNSSEC"
    daemon=
    row "libunbound thread, $about" ub-thread $authority $outstanding "$lookups" 0 "$folder/anchor"
    row "libunbound event, $about" ub-event $authority $outstanding "$lookups" 0 "$folder/anchor"
    start_daemon $validating_stub $authority "trust-anchor-file: $folder/anchor"
    row "local unbound, $about" c-ares $validating_stub $outstanding "$lookups" 0
    kill "$daemon"
    wait "$daemon" || true
done
