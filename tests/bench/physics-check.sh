#!/usr/bin/env bash
# what: atoms from images by PRISM with frozen phonons (pipelines/physics-check.yaml), 1,976 atoms; half an hour of CPU time; SIZE, PIXELS for others
. "$(dirname "$0")/common.sh"
set -- "$ATOMLOOM_SOURCE/pipelines/physics-check.yaml" --var "size=${SIZE:-atoms1976}" --var "pixels=${PIXELS:-128}"
"$atomloom" run "$@" > run.txt 2>&1 || { tail -n 5 run.txt >&2; exit 1; }
for output in score linear; do
  "$atomloom" get "$1" "$output" -o "$output.csv" "${@:2}" > /dev/null || exit 1
done
figure recall "$(column score.csv recall)" - '>=' 0.99
figure rmsd "$(column score.csv rmsd_pm)" pm '<=' 30
figure elements "$(column score.csv species_agreement)" - '>=' 0.97
note false "$(column score.csv false)" atoms
for what in recall rmsd_pm species_agreement false; do note "linear_$what" "$(column linear.csv $what)" -; done
exit $short
