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

# The value of a setting that with-server was given for the server, or else the default.
setting() {
    local name=MTA_SET_$1
    printf '%s' "${!name-$2}"
}

# Adds accounts that a Debian package would have created, with the numbers of `mail`, unless the machine has them. Only the
# server sees them: with-server gives it a mount namespace of its own.
add_accounts() {
    local folder=$1 account
    shift
    install -m 644 /etc/passwd /etc/group "$folder"
    for account in "$@"; do
        getent passwd "$account" >/dev/null && continue
        echo "$account:x:$(id -u mail):$(id -g mail)::/nonexistent:/usr/sbin/nologin" >>"$folder/passwd"
        echo "$account:x:$(id -g mail):" >>"$folder/group"
    done
    mount --bind "$folder/passwd" /etc/passwd
    mount --bind "$folder/group" /etc/group
}
