#!/usr/bin/env bash
# The whole way from raw scans with drift, displaced tilts, wrong angles, background and read noise
# to atoms, and for an annealed particle on to structure and diffusion: pipelines that hold what they
# find next to what is true miss nothing that they ask of themselves.
#   bash tests/pipelines/truth.sh SOURCE BUILD PIPELINE TABLE LEAST [OPTION...]   LEAST: so many figures are met
set -eu
source=$1 build=$2 pipeline=$1/pipelines/$3 table=$4 least=$5
shift 5
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ATOMLOOM_STORE=$scratch/store
"$build/bin/atomloom" run "$pipeline" "$@" --strict >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
"$build/bin/atomloom" get "$pipeline" "$table" "$@" -o "$scratch/table.csv" >/dev/null
cat "$scratch/table.csv"
if grep ',MISSED$' "$scratch/table.csv"; then exit 1; fi
[ "$(grep -c ',met$' "$scratch/table.csv")" -ge "$least" ] || { echo "fewer than $least figures are met"; exit 1; }
