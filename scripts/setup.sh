#!/bin/sh
# Installs the system libraries that are missing (Debian) and fetches the sentence encoder into
# models/, which git ignores. Does nothing where everything is there.
set -eu
cd "$(dirname "$0")/.."

packages=""
need() { # need FILE PACKAGE: PACKAGE is installed where FILE is missing
    [ -e "$1" ] || packages="$packages $2"
}
need /usr/include/lmdb.h liblmdb-dev
need /usr/include/zstd.h libzstd-dev
need /usr/include/zlib.h zlib1g-dev
need /usr/include/libstemmer.h libstemmer-dev
need /usr/include/xxhash.h libxxhash-dev
# The folder of the machine's architecture; the pattern itself where nothing matches.
need "$(echo /usr/include/*/curl/curl.h)" libcurl4-openssl-dev
python3 -m pip --version >/dev/null 2>&1 || packages="$packages python3-pip"

if [ -n "$packages" ]; then
    if [ "$(id -u)" -eq 0 ]; then
        as_root=""
    elif command -v sudo >/dev/null; then
        as_root=sudo
    else
        echo "setup: these packages are missing and installing them needs root:$packages" >&2
        exit 77
    fi
    echo "setup: installing$packages" >&2
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # a list of words
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq $packages >/dev/null
fi

scripts/fetch-encoder.sh
