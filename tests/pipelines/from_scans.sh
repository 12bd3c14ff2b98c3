#!/usr/bin/env bash
# The whole way from raw scans with drift, displaced tilts, wrong angles, background and read noise
# to atoms: pipelines/from-scans.yaml asks nothing of itself that it misses.
#   bash tests/pipelines/from_scans.sh SOURCE BUILD
set -eu
source=$1 build=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ATOMLOOM_STORE=$scratch/store
pipeline=$source/pipelines/from-scans.yaml
"$build/bin/atomloom" run "$pipeline" --strict >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
"$build/bin/atomloom" get "$pipeline" table -o "$scratch/table.csv" >/dev/null
cat "$scratch/table.csv"
[ "$(grep -c ',met$' "$scratch/table.csv")" -ge 6 ] || { echo "fewer than six figures are met"; exit 1; }
