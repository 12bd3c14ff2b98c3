#!/usr/bin/env bash
# what: the 208 silicon atoms through every reconstructor, at both doses: RESIRE finds no fewer and places them as well as any other
. "$(dirname "$0")/common.sh"
need_data asi208
for dose in 1p6e5 8p0e3; do
  set -- "$ATOMLOOM_SOURCE/pipelines/compare-reconstructors.yaml" --var "data=$ATOMLOOM_TEST_DATA" --var "dose=$dose"
  "$atomloom" run "$@" --quiet && "$atomloom" get "$1" scores -o "$dose.csv" "${@:2}" > /dev/null || exit 1
  # columns by name: label, matched, rmsd
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) { sub(/ .*/, "", $i); at[$i] = i } next } { print $1, $at["matched"], $at["rmsd_pm"] }' "$dose.csv" > scores
  while read -r name matched rmsd; do
    note "${dose}_${name}_matched" "$matched" atoms
    note "${dose}_${name}_rmsd" "$rmsd" pm
  done < <(grep -v '^RESIRE ' scores)
  figure "${dose}_RESIRE_matched" "$(awk '$1 == "RESIRE" { print $2 }' scores)" atoms '>=' "$(awk '$1 != "RESIRE" && $2 > m { m = $2 } END { print m }' scores)"
  # A root mean square of 3 x 208 deviations is uncertain by 1 / sqrt(2 x 624) = 2.8 %: 1 % apart is no difference.
  figure "${dose}_RESIRE_rmsd" "$(awk '$1 == "RESIRE" { print $3 }' scores)" pm '<=' "$(awk '$1 != "RESIRE" && (!m || $3 < m) { m = $3 } END { print 1.01 * m }' scores)"
done
exit $short
