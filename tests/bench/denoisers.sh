#!/usr/bin/env bash
# what: every denoiser with its own settings on simulated tilts whose truth is known, at three doses: error and time as ratios; and by the 208 silicon atoms that it lets one find
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data asi208
"$ATOMLOOM_BUILD/bin/bench.denoisers" 1.2e4 1.2e5 1.2e6 > out.txt 2> notes.txt || { cat notes.txt >&2; exit 1; }
while read -r dose name error atoms cpu; do
  note "${dose}_${name}_error" "$error" 'of the counts'
  note "${dose}_${name}_specimen" "$atoms" 'of the counts'
  note "${dose}_${name}_time" "$cpu" x
done < out.txt
# Nothing set is no worse than a Gaussian that was given the width of an atom, and no filter does harm.
for dose in 1.2e4 1.2e5 1.2e6; do
  error() { awk -v dose="$dose" -v name="$1" '$1 == dose && $2 == name { print $3 }' out.txt; }
  figure "${dose}_Wiener" "$(error Wiener)" 'of the counts' '<=' "$(error Gaussian)"
  figure "${dose}_largest" "$(awk -v dose="$dose" '$1 == dose && $2 != "Gaussian" && $3 > m { m = $3 } END { print m }' out.txt)" 'of the counts' '<=' 1
done

for dose in 8p0e3 1p6e5; do
  set -- "$ATOMLOOM_SOURCE/pipelines/compare-denoisers.yaml" --var "data=$ATOMLOOM_TEST_DATA" --var "dose=$dose"
  "$atomloom" run "$@" --quiet && "$atomloom" get "$1" scores -o "$dose.csv" "${@:2}" > /dev/null || exit 1
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) { sub(/ .*/, "", $i); at[$i] = i } next }
    { gsub(/ /, "-", $1); print $1, $at["matched"], $at["false"], $at["rmsd_pm"] }' "$dose.csv" > scores
  while read -r name matched false rmsd; do
    note "${dose}_${name}_matched" "$matched" atoms
    note "${dose}_${name}_false" "$false" atoms
    note "${dose}_${name}_rmsd" "$rmsd" pm
  done < scores
  figure "${dose}_Wiener_matched" "$(awk '$1 == "Wiener" { print $2 }' scores)" atoms '>=' 201
  figure "${dose}_Wiener_rmsd" "$(awk '$1 == "Wiener" { print $4 }' scores)" pm '<=' "$([ $dose = 8p0e3 ] && echo 23 || echo 3.9)"
done
exit $short
