#!/bin/sh
# Reads the licences that every Debian machine holds, asks two questions, summarizes one licence.
set -eu
riverrun=$1
store=$2
licences=/usr/share/common-licenses

show() {
    printf '\n$ riverrun %s\n' "$*"
    "$riverrun" "$@"
}

rm -rf "$store"
show ingest "$licences" --store "$store"
show ask --store "$store" -k 3 "May I charge a fee for distributing copies?"
show ask --store "$store" -k 3 "What happens to my rights if I violate the license?"
show summarize --store "$store" --document "$licences/MPL-2.0" --words 120
