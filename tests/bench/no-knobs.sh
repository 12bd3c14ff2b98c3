#!/usr/bin/env bash
# what: atoms with nothing set but the size of a pixel and the elements: asi208 at both doses, simulated particles of 336 and 1,976 atoms (all=1: also 13,366, with and without errors of alignment)
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data asi208/ground_truth.txt

# judge NAME ATOMS FALSE RMSD     of NAME.score.csv, NAME.figures.csv, NAME.bound.csv
judge() {
  figure "matched_$1" "$(column "$1.score.csv" matched)" atoms '>=' "$2"
  figure "false_$1" "$(column "$1.score.csv" false)" atoms '<=' "$3"
  figure "rmsd_$1" "$(column "$1.score.csv" rmsd_pm)" pm '<=' "$4"
  note "expected_false_$1" "$(column "$1.figures.csv" expected_false)" atoms
  note "expected_missed_$1" "$(column "$1.figures.csv" expected_missed)" atoms
  note "error_$1" "$(column "$1.figures.csv" error)" pm
  note "bound_$1" "$(column "$1.bound.csv" bound)" pm
}

# run NAME PIPELINE ARGUMENTS...
run() {
  local name=$1 pipeline=$2 start=$SECONDS
  shift 2
  "$atomloom" run "$pipeline" "$@" > "$name.txt" 2>&1 || { tail -n 5 "$name.txt" >&2; exit 1; }
  for output in score figures bound; do
    "$atomloom" get "$pipeline" "$output" -o "$name.$output.csv" "$@" > /dev/null || exit 1
  done
  note "wall_$name" $((SECONDS - start)) s
}

silicon() {
  run "$1" "$ATOMLOOM_SOURCE/pipelines/atoms-truth.yaml" --var files="$ATOMLOOM_TEST_DATA/asi208/projections_dose$2.mat" \
    --var angles="$ATOMLOOM_TEST_DATA/asi208/angles.mat" --var dataset=Trunc_projections_forBM3D --var pixel_size=0.195 --var symbols=Si \
    --var truth="$ATOMLOOM_TEST_DATA/asi208/ground_truth.txt" --var 'truth_columns=[species, y, x, z]'
  judge "$1" "$3" "$4" "$5"
}

# particle NAME ATOMS FALSE RMSD ELEMENTS VARIABLES...
particle() {
  local name=$1 atoms=$2 wrong=$3 rmsd=$4 elements=$5 pipeline=$ATOMLOOM_SOURCE/tests/bench/${aligned:+no-knobs-aligned.yaml}
  [ -n "${aligned:-}" ] || pipeline=$ATOMLOOM_SOURCE/tests/bench/no-knobs.yaml
  shift 5
  run "$name" "$pipeline" "$@"
  judge "$name" "$atoms" "$wrong" "$rmsd"
  figure "elements_$name" "$(column "$name.score.csv" species_agreement)" - '>=' "$elements"
  for output in atoms truth; do
    "$atomloom" get "$pipeline" "$output" -o "$name.$output.csv" "$@" > /dev/null || exit 1
  done
  pulls "$name"
}

# pulls NAME: differences from the truth over their standard errors
pulls() {
  local axis x y z matched
  read -r x y z matched < <(awk -f "$ATOMLOOM_SOURCE/tests/bench/pull.awk" "$1.truth.csv" "$1.atoms.csv")
  for axis in x y z; do
    figure "over_error_${axis}_$1" "${!axis}" - '>=' 0.9
    figure "over_error_${axis}_$1" "${!axis}" - '<=' 1.15
  done
  note "compared_$1" "$matched" atoms
}

silicon asi208_high 1p6e5 208 0 3.1
silicon asi208_low 8p0e3 207 1 17.6
for seed in 1 2 3; do
  particle atoms336_$seed 336 0 13.6 1 --var size=atoms336 --var pixels=80 --var seed=$seed
done
particle atoms1976 1976 0 20 1 --var size=atoms1976 --var pixels=128
if [ "${all:-0}" != 0 ]; then
  # at a third of the dose nothing is asked of the number of false atoms
  particle atoms13366_1e5 13099 13366 52 0.98 --var size=atoms13366 --var pixels=256 --var dose=1e5
  for seed in 1 2 3; do
    particle atoms13366_$seed 13313 53 30 0.998 --var size=atoms13366 --var pixels=256 --var seed=$seed
    aligned=1 particle aligned13366_$seed 13313 53 30 0.998 --var seed=$seed
  done
fi
exit $short
