#!/usr/bin/env bash
# The analysis half alone, on published models that were measured by others: a single crystal and a
# twinned particle. Skips without the data.
#   bash tests/pipelines/structure.sh SOURCE BUILD
set -eu
pipeline=$1/pipelines/structure.yaml atomloom=$2/bin/atomloom
models=${ATOMLOOM_TEST_DATA:-}/pdpt
[ -f "$models/TO.xyz" ] || { echo "skipped: no $models/TO.xyz; ATOMLOOM_TEST_DATA says where data are"; exit 0; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ATOMLOOM_STORE=$scratch/store

# value OUTPUT COLUMN: of the first row
value() {
  "$atomloom" get "$pipeline" "$1" --var "file=$model" -o "$scratch/$1.csv" >/dev/null 2>&1
  awk -F, -v want="$2" 'NR == 1 { for (i = 1; i <= NF; i++) { h = $i; sub(/ \[.*/, "", h); if (h == want) k = i } } NR == 2 { print $k }' "$scratch/$1.csv"
}
near() { # NAME VALUE WANTED TOLERANCE
  awk -v v="$2" -v w="$3" -v t="$4" 'BEGIN { exit !(v != "" && v >= w - t && v <= w + t) }' || { echo "$1 is $2, expected $3 +- $4"; exit 1; }
}
for model in "$models/TO.xyz" "$models/PB.xyz"; do
  "$atomloom" run "$pipeline" --var "file=$model" --strict >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
  "$atomloom" report "$pipeline" --var "file=$model" -o "$scratch/page.html" >"$scratch/log" 2>&1 || { cat "$scratch/log"; exit 1; }
  case $model in
  *TO.xyz)
    near a "$(value lattice a)" 3.9175 0.001
    near indexed "$(value lattice indexed)" 8461 5
    near area "$(value surface area)" 13320 100
    near volume "$(value surface volume)" 113389 200
    ;;
  *) near fraction "$(value lattice fraction)" 0.36 0.05 ;;
  esac
done
