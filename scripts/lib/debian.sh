# shellcheck shell=bash
# Debian packages: which are installed, and installing those that are not. To be sourced.

# Runs a command as root: directly, or by sudo. Fails with status 77 when there is no way to become root.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif ! command -v sudo >/dev/null; then
        return 77
    elif [[ -t 0 ]]; then
        sudo -- "$@"
    else
        sudo --non-interactive -- "$@" || return 77
    fi
}

# Prints those of the given requirements that are not met: the package's name, or the first of "a | b".
missing_packages() {
    local -A installed=()
    local status package requirement alternative
    while read -r status package; do
        [[ $status == installed ]] && installed[$package]=1
    done < <(dpkg-query --show --showformat='${db:Status-Status} ${Package}\n')
    for requirement in "$@"; do
        for alternative in ${requirement//|/ }; do
            [[ -n ${installed[$alternative]:-} ]] && continue 2
        done
        printf '%s\n' "${requirement%% *}"
    done
}

# Installs those of the given requirements that are not met, and touches nothing when all are.
install_missing_packages() {
    local here missing status=0
    here=$(dirname "${BASH_SOURCE[0]}")
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    printf 'Installing %d Debian packages: %s\n' "${#missing[@]}" "${missing[*]}" >&2
    as_root "$here/apt-install" "${missing[@]}" || status=$?
    if ((status == 77)); then
        printf 'They need root, and sudo is not there or wants a password. As root, run:\n    apt-get install %s\n' \
            "${missing[*]}" >&2
    fi
    return "$status"
}
