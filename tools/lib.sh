# Functions that the tools share: installing packages, building, telling what goes on.
# To be sourced by bash scripts that run under `set -euo pipefail`.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
QUIET=${QUIET:-}

# One line on what happens now; nothing when QUIET.
say() {
    if [ -z "$QUIET" ]; then printf '%s\n' "$*" >&2; fi
}

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# missing_packages LIST...: the names in these files that dpkg does not have installed.
missing_packages() {
    local wanted
    mapfile -t wanted < <(sed -E 's/#.*//; s/[[:space:]].*//; /^$/d' "$@")
    # shellcheck disable=SC2016 # dpkg-query's own format
    comm -23 <(printf '%s\n' "${wanted[@]}" | sort) \
        <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
            sed -n 's/^installed //p' | sort)
}

# Runs a command as root, by sudo when this is an ordinary user.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

# install_packages [LIST...]: what is missing of these files, or of tools/packages.txt.
install_packages() {
    if [ $# -eq 0 ]; then set -- "$ROOT/tools/packages.txt"; fi
    if ! command -v dpkg-query >/dev/null; then
        say "This is no Debian: the packages of $* are taken to be installed."
        return
    fi
    local missing
    mapfile -t missing < <(missing_packages "$@")
    if [ "${#missing[@]}" -eq 0 ]; then return; fi
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        die "These packages are missing, and this user is neither root nor has sudo. As root, run:
    apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    fi
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { as_root apt-get -q update && as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends "${missing[@]}"; } \
        >"$log" 2>&1 </dev/null; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        die "Installing packages failed, as said above. Needed: ${missing[*]}"
    fi
    rm -f "$log"
}

# Runs a command whose output is of interest only when it fails, or when VERBOSE.
quietly() {
    if [ -n "${VERBOSE:-}" ]; then
        "$@" >&2
        return
    fi
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then tail -n 60 "$log" >&2; fi
    rm -f "$log"
    return "$status"
}

# build_in DIRECTORY [MESON_OPTION...] [-- NINJA_TARGET...]: installs what is missing, configures
# the directory when it is new, and brings the targets up to date. One caller at a time; fast when
# there is nothing to do.
build_in() {
    local directory=$1 options=()
    shift
    while [ $# -gt 0 ] && [ "$1" != "--" ]; do
        options+=("$1")
        shift
    done
    if [ $# -gt 0 ]; then shift; fi
    mkdir -p "$directory"
    exec 9>"$directory/.one-at-a-time"
    flock 9
    local stamp=$directory/.configured
    if [ ! -e "$stamp" ] || [ "$ROOT/tools/packages.txt" -nt "$stamp" ]; then
        install_packages
        say "Configuring $directory"
        if [ ! -e "$directory/build.ninja" ]; then
            quietly meson setup "${options[@]}" "$directory" "$ROOT" ||
                die "Configuring failed, as said above. Delete $directory to begin anew."
        fi
        touch "$stamp"
    fi
    run_ninja "$directory" "$@"
    exec 9>&-
}

# Silent when nothing is to be done; one moving line on a terminal, ninja's own lines elsewhere.
run_ninja() {
    local directory=$1
    shift
    if [ -n "$QUIET" ]; then
        quietly ninja -C "$directory" "$@" 9>&- || die "Building failed, as said above."
    else
        ninja -C "$directory" "$@" >&2 9>&- || die "Building failed, as said above."
    fi
}

# What tools/dvm-run needs to be built, as ninja knows it.
service_targets() {
    printf '%s\n' gvm-backend/gpud/gvm-gpud gvm-backend/worker/gvm-gpu-worker \
        dvm-frontend/icd/libvulkan_dvm.so bench/null_layer/libVkLayer_VGPU_null.so
}
