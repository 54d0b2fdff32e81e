#!/usr/bin/env bash
# Measures peak memory: it depends neither on the length of the input nor on the number of documents.
#
#     Benchmarks/memory.sh stream [BYTES]      bytes from a pipe through ingest and chunk (2 GB)
#     Benchmarks/memory.sh chain BOOK…         the whole chain on one book, then on ten
#     Benchmarks/memory.sh weights             the encoder's weights alone, which the chain's bar adds to
#
# Build first: swift build -c release --product riverrun. The ten books are the given ones, in turn.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
riverrun=${RIVERRUN:-$root/.build/release/riverrun}
export RIVERRUN_MODELS=${RIVERRUN_MODELS:-$root/models}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# measure NAME BYTES COMMAND…: runs it and prints a row of the table.
measure() {
    local name=$1 bytes=$2
    shift 2
    /usr/bin/time -o "$scratch/time" -f '%M %e %U' "$@" > "$scratch/output"
    awk -v name="$name" -v bytes="$bytes" '{
        printf "%-28s %9.1f MB %8.1f s %8.1f s user %8.1f MB/s %8.1f MB peak\n",
            name, bytes / 1e6, $2, $3, bytes / 1e6 / $2, $1 * 1024 / 1e6
    }' "$scratch/time"
    # Peak resident memory in kilobytes, for comparison.
    peak=$(cut -d ' ' -f 1 "$scratch/time")
}

# The encoder with one sentence through it: what the chain needs before it has read anything.
measure_weights() {
    echo 'One sentence.' > "$scratch/sentence.txt"
    measure 'weights and one sentence' 14 \
        "$riverrun" ingest "$scratch/sentence.txt" --store "$scratch/weights" --quiet
}

case ${1:-} in
    stream)
        bytes=${2:-2000000000}
        printf 'name: cut\nstages: [ingest, chunk]\n' > "$scratch/cut.yaml"
        line='The river runs on, past Eve and Adam, from swerve of shore to bend of bay. '
        export line bytes riverrun scratch
        for kind in 'lines' 'one line'; do
            export kind
            # shellcheck disable=SC2016
            measure "ingest, chunk: $kind" "$bytes" bash -c '
                if [ "$kind" = lines ]; then yes "$line"; else yes "$line" | tr -d "\n"; fi |
                    head -c "$bytes" | "$riverrun" run "$scratch/cut.yaml" - --quiet > /dev/null'
            test "$peak" -lt $((150 * 1000000 / 1024)) || { echo 'above 150 MB' >&2; exit 1; }
        done
        ;;
    chain)
        shift
        test $# -gt 0 || { echo 'name one book or more' >&2; exit 64; }
        measure_weights
        weights=$peak
        books=()
        for index in $(seq 0 9); do
            place=$((index % $# + 1))
            name=$scratch/$index-$(basename "${!place}")
            cp "${!place}" "$name"
            books+=("$name")
        done
        for count in 1 10; do
            bytes=$(for book in "${books[@]:0:count}"; do
                case $book in *.gz) zcat "$book" ;; *) cat "$book" ;; esac
            done | wc -c)
            measure "ingest: $count of the books" "$bytes" "$riverrun" ingest \
                "${books[@]:0:count}" --store "$scratch/store-$count" --quiet
            echo "    $(((peak - weights) * 1024 / 1000000)) MB above the weights"
        done
        ;;
    weights) measure_weights ;;
    *)
        sed -n '3,6s/^# *//p' "$0"
        exit 64
        ;;
esac
