#!/usr/bin/env bash
# what: pipelines/truth-table.yaml: every public data set with a known answer, ours next to what was published; TRUTH_TABLE=FILE writes docs/truth-table.md's table
. "$(dirname "$0")/common.sh"
need_data asi208
need_data resire64
need_data ta_film
table=${TRUTH_TABLE:-$PWD/table.md}
set -- "$ATOMLOOM_SOURCE/pipelines/truth-table.yaml" --var "data=$ATOMLOOM_TEST_DATA"
"$atomloom" run "$@" --quiet 2> log || { cat log >&2; exit 1; }
for output in silicon_high silicon_low silicon_high_bound silicon_low_bound sample sample_likeness film_1 film_1_published film_29 film_29_published; do
  "$atomloom" get "$1" "$output" -o "$output.csv" "${@:2}" > log 2>&1 || { cat log >&2; exit 1; }
done

# row NAME UNIT better OURS PUBLISHED [BOUND]: better is '<=' or '>='; ours has to be as good as what was published
row() {
  local word
  figure "$1" "$4" "$2" "$3" "$5"
  word=$(awk -v a="$4" -v b="$5" -v op="$3" 'BEGIN { print a == b ? "equal" : (op == "<=") == (a < b) ? "better" : "**worse**" }')
  printf '| %s | %.6g %s | %.6g | %s | %s |\n' "${1//_/ }" "$4" "$2" "$5" "${6:-}" "$word" >> "$table"
}
printf '| what | ours | published | bound | |\n|---|---|---|---|---|\n' > "$table"
bound() { awk -v r="$(column "$1" bound)" 'BEGIN { if (r != "") printf "%.3g", r }'; }
for dose in high low; do
  published=208 rmsd=4.24 name=1.6e5
  [ "$dose" = high ] || { published=199 rmsd=28.91 name=8e3; }
  row "asi208_${name}_atoms_found_of_208" atoms '>=' "$(column "silicon_$dose.csv" matched_published)" "$published"
  row "asi208_${name}_rmsd" pm '<=' "$(column "silicon_$dose.csv" rmsd_published_pm)" "$rmsd" "$(bound "silicon_${dose}_bound.csv")"
  note "asi208_${name}_false" "$(column "silicon_$dose.csv" false)" atoms
done
row resire64_correlation_with_truth ratio '>=' "$(column sample_likeness.csv correlation)" 0.97323
row resire64_relative_rms ratio '<=' "$(column sample_likeness.csv relative_rms)" 0.2151
row resire64_own_R_factor ratio '<=' "$(column sample.csv r1_mean)" 0.0110
for area in 1 29; do
  row "ta_film_${area}_R_factor_same_box_and_projector" ratio '<=' "$(column "film_$area.csv" r1_mean)" "$(column "film_${area}_published.csv" r1_mean)"
done
exit $short
