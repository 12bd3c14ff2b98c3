#!/usr/bin/env bash
# what: the warnings of runs that must give some (the ten lines of the README fed with raw counts), and of those that must give none
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data asi208/ground_truth.txt

# count NAME ARGUMENTS: runs, and sets $n to the number of warnings
count() {
  local name=$1
  shift
  "$atomloom" run "$@" --json > "$name.json" || { tail -n 5 "$name.json" >&2; exit 1; }
  n=$(grep -c '"event": *"warning"' "$name.json")
}

ten_lines() {
  awk '/^atomloom: 1/ { on = 1 } /^```/ { on = 0 } on' "$ATOMLOOM_SOURCE/README.md" |
    sed "s|projections.mat|$ATOMLOOM_TEST_DATA/asi208/projections_dose$1.mat|; s|angles.mat|$ATOMLOOM_TEST_DATA/asi208/angles.mat|
      s|pixel_size: 0.35|pixel_size: 0.195|"
}

for dose in 1p6e5 8p0e3; do
  ten_lines $dose > readme_$dose.yaml
  count readme_$dose readme_$dose.yaml
  figure ten-lines-$dose "$n" warnings '>=' 1
  count asi208_$dose "$ATOMLOOM_SOURCE/pipelines/asi208.yaml" --var data="$ATOMLOOM_TEST_DATA" --var dose=$dose
  figure asi208-$dose "$n" warnings '==' 0
done
count compare-reconstructors "$ATOMLOOM_SOURCE/pipelines/compare-reconstructors.yaml" --var data="$ATOMLOOM_TEST_DATA"
figure compare-reconstructors "$n" warnings '==' 0
count quickstart "$ATOMLOOM_SOURCE/pipelines/quickstart.yaml"
figure quickstart "$n" warnings '==' 0
exit $short
