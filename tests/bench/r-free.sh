#!/usr/bin/env bash
# what: R_free ranks reconstructor x iterations as the truth does, and `stop: free` costs little against the best iteration chosen with the truth (asi208)
. "$(dirname "$0")/common.sh"
need_data asi208
here=$(cd "$(dirname "$0")" && pwd)
ops='resire sirt sart mlem'

# What a set of atoms is off by, as one length: a missed or false atom counts as the 90 pm at which compare.atoms calls it so.
length_of() {
  awk -v m="$(column "$1" matched)" -v f="$(column "$1" false)" -v r="$(column "$1" rmsd_pm)" -v t="$(column "$1" truth)" \
    'BEGIN { print sqrt((m * r * r + (t - m + f) * 8100) / (t + f)) }'
}

# get PIPELINE OUTPUT FILE [...], quiet unless it fails
get() { "$atomloom" get "$1" "$2" -o "$3" "${@:4}" > log 2>&1 || { cat log >&2; exit 1; }; }

for dose in 1p6e5 8p0e3; do
  vars=(--var "data=$ATOMLOOM_TEST_DATA" --var "dose=$dose")
  p=$ATOMLOOM_SOURCE/pipelines/r-free.yaml
  "$atomloom" run "$p" --quiet "${vars[@]}" || exit 1
  : > ranks
  for op in $ops; do
    for n in 2 4 8 16 32; do
      get "$p" "free_$op[iterations=$n]" free.csv "${vars[@]}"
      get "$p" "by_$op[iterations=$n]" by.csv "${vars[@]}"
      echo "$(column free.csv r_free) $(length_of by.csv) $(column by.csv rmsd_pm) $(column free.csv r_free_2)" >> ranks
    done
  done
  figure "${dose}_rank_correlation" "$(awk -f "$here/r-free.awk" ranks)" - '>=' 0.9
  note "${dose}_rank_correlation_by_squares" "$(awk '{ print $4, $2 }' ranks | awk -f "$here/r-free.awk")" -
  note "${dose}_rank_correlation_with_rmsd_of_matched_alone" "$(awk '{ print $1, $3 }' ranks | awk -f "$here/r-free.awk")" -

  for op in $ops; do
    set -- "$here/r-free.yaml" "${vars[@]}" --var "op=reconstruct.$op"
    "$atomloom" run "$@" --quiet || exit 1
    : > lengths
    for n in 3 4 6 8 12 16 24 32 48 64 96; do
      get "$1" "fixed[iterations=$n]" fixed.csv "${@:2}"
      echo "$(column fixed.csv rmsd_pm) $(length_of fixed.csv) $n" >> lengths
    done
    get "$1" free free.csv "${@:2}"
    get "$1" course course.csv "${@:2}"
    note "${dose}_${op}_iterations_free" "$(($(wc -l < course.csv) - 2))" -
    note "${dose}_${op}_iterations_truth" "$(sort -g -k2 lengths | awk 'NR == 1 { print $3 }')" -
    note "${dose}_${op}_rmsd_free" "$(column free.csv rmsd_pm)" "pm,$(column free.csv matched)-atoms,$(column free.csv false)-false"
    # the best by all atoms, and what its rmsd is
    figure "${dose}_${op}_cost" "$(sort -g -k2 lengths | awk -v free="$(column free.csv rmsd_pm)" 'NR == 1 { print free / $1 }')" x '<=' 1.03
  done
done
exit $short
