#!/usr/bin/env bash
# what: compare.bound against figures computed independently, for Gaussians sampled at pixels: 0.642 angstrom integrated over a pixel of 0.352 are 0.65 sampled
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"

# bound SIZE PIXELS PROBES RMSD HEIGHT
bound() {
  local pipeline=$ATOMLOOM_SOURCE/tests/bench/bound.yaml
  "$atomloom" run "$pipeline" --var size="$1" --var pixels="$2" --var probes="$3" > run.txt 2>&1 || { tail -n 5 run.txt >&2; exit 1; }
  "$atomloom" get "$pipeline" bound -o bound.csv --var size="$1" --var pixels="$2" --var probes="$3" > /dev/null || exit 1
  note "$1" "$(column bound.csv bound)" pm
  figure "$1_over_given" "$(awk -v a="$(column bound.csv bound)" -v b="$4" 'BEGIN { d = a / b - 1; print d < 0 ? -d : d }')" - '<=' 0.03
  note "$1_height" "$(column bound.csv bound_height)" percent
  figure "$1_height_over_given" "$(awk -v a="$(column bound.csv bound_height)" -v b="$5" 'BEGIN { d = a / b - 1; print d < 0 ? -d : d }')" - '<=' 0.03
}

bound atoms336 80 200 12.2 6.6
bound atoms1976 112 24 18.0 9.5
exit $short
