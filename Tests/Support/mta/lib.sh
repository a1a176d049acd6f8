# shellcheck shell=bash
# Shared by the scripts beside it: where the unpacked servers are, and how their processes are found. To be sourced.

mta_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Ends the script with a message; 125 tells the script's own failure from that of the command it runs.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 125
}

# The folder of unpacked packages: one for each Debian release, since they use the libraries of the release.
mta_cache() {
    local ID='' VERSION_ID=''
    # shellcheck source=/dev/null
    source /etc/os-release
    printf '%s/%s-%s\n' "${MXCENSUS_MTA_CACHE:-$mta_here/../../../.build/mta}" "$ID" "$VERSION_ID"
}

# The folder of one unpacked package; ends the script when it is not there.
mta_package() {
    local folder
    folder=$(mta_cache)/$1
    [[ -d $folder ]] || die "Debian's $1 is not unpacked in $folder. Run Tests/Support/mta/fetch, or make test."
    (cd "$folder" && pwd)
}

# The ids of the processes in a session.
session_processes() {
    local stat line fields
    for stat in /proc/[0-9]*/stat; do
        { read -r line <"$stat"; } 2>/dev/null || continue
        read -ra fields <<<"${line##*) }" # state, parent, group, session, …
        [[ ${fields[3]} == "$1" && ${fields[0]} != Z ]] && printf '%s\n' "${line%% *}"
    done
    return 0
}

# Becomes a command that needs an account which Debian's package would have created. When the machine lacks it, the command
# is shown one by libnss_wrapper, with the numbers of `mail`; the machine's accounts stay as they are.
exec_with_account() {
    local account=$1 folder=$2 wrapper
    shift 2
    if ! getent passwd "$account" >/dev/null; then
        wrapper=$(mta_package libnss-wrapper)
        { cat /etc/passwd && echo "$account:x:$(id -u mail):$(id -g mail)::/nonexistent:/usr/sbin/nologin"; } >"$folder/passwd"
        { cat /etc/group && echo "$account:x:$(id -g mail):"; } >"$folder/group"
        chmod 644 "$folder/passwd" "$folder/group"
        export NSS_WRAPPER_PASSWD=$folder/passwd NSS_WRAPPER_GROUP=$folder/group
        LD_PRELOAD=$(echo "$wrapper"/usr/lib/*/libnss_wrapper.so)
        export LD_PRELOAD
    fi
    exec "$@"
}
