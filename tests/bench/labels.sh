#!/usr/bin/env bash
# what: elements of simulated series as probabilities: how many are right, with and without the correction by place, and how many errors were expected
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)

# labels SIZE PIXELS DOSE SEED REQUIRED
labels() {
  set -- "$1-$3-$4" "$5" "$here/labels.yaml" --var "size=$1" --var "pixels=$2" --var "dose=$3" --var "seed=$4"
  "$atomloom" run "${@:3}" --quiet 2> log || { cat log >&2; exit 1; }
  for what in score score_plain classes; do
    "$atomloom" get "$3" "$what" -o "$what.csv" "${@:4}" > log 2>&1 || { cat log >&2; exit 1; }
  done
  figure "$1_right" "$(column score.csv species_agreement)" - '>=' "$2"
  note "$1_right_without_correction" "$(column score_plain.csv species_agreement)" -
  note "$1_expected_wrong" "$(awk -F, 'NR > 1 { sum += $1 * $5 } END { print sum }' classes.csv)" atoms
  note "$1_wrong" "$(awk -v r="$(column score.csv species_agreement)" -v m="$(column score.csv matched)" 'BEGIN { print (1 - r) * m }')" atoms
}

labels atoms336 80 3e5 1 1
labels atoms336 80 3e5 2 1
labels atoms336 80 5e4 1 0.98
labels atoms852 96 1e5 1 0.98
labels atoms1976 112 3e5 1 1
exit $short
