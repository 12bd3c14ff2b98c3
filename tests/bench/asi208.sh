#!/usr/bin/env bash
# what: atoms found in the simulated amorphous silicon particle (208 atoms) at two doses, against the truth
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data asi208/ground_truth.txt

# score DOSE SHORT-NAME MATCHED FALSE RMSD: published with a stronger denoiser: 208 and 4.24 pm, 199 and 28.91 pm
score() {
  local pipeline=$ATOMLOOM_SOURCE/pipelines/asi208.yaml
  "$atomloom" run "$pipeline" --var data="$ATOMLOOM_TEST_DATA" --var dose="$1" > "run_$2.txt" || { tail -n 5 "run_$2.txt" >&2; exit 1; }
  "$atomloom" get "$pipeline" score -o "$2.csv" --var data="$ATOMLOOM_TEST_DATA" --var dose="$1" > /dev/null || exit 1
  figure "matched_$2" "$(column "$2.csv" matched)" atoms '>=' "$3"
  figure "false_$2" "$(column "$2.csv" false)" atoms '<=' "$4"
  figure "rmsd_$2" "$(column "$2.csv" rmsd_pm)" pm '<=' "$5"
  figure "rmsd_published_way_$2" "$(column "$2.csv" rmsd_published_pm)" pm '<=' "$5"
}

score 1p6e5 high_dose 207 2 6.0
score 8p0e3 low_dose 190 5 28.9
exit $short
