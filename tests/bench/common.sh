# Sourced by the benchmarks. They run in an empty directory of their own that is removed afterwards, with ATOMLOOM_BUILD (release build),
# ATOMLOOM_SOURCE, ATOMLOOM_STORE (an empty store) and ATOMLOOM_TEST_DATA set.
set -uo pipefail
bench=$(basename "$0" .sh)
atomloom=$ATOMLOOM_BUILD/bin/atomloom
short=0

# figure NAME VALUE UNIT OP REQUIRED     e.g. figure rmsd 4.9 pm '<=' 6.0
figure() {
  local verdict
  verdict=$(awk -v v="$2" -v op="$4" -v r="$5" 'BEGIN {
    if (v == "" || v + 0 != v) { print "short"; exit }
    good = op == "<=" ? v <= r : op == ">=" ? v >= r : op == "==" ? v == r : 0
    print good ? "holds" : "short" }')
  [ "$verdict" = holds ] || short=1
  echo "$bench $1 $2 $3 $4$5 $verdict"
}

# A figure for information: no requirement.
note() { echo "$bench $1 $2 $3 - holds"; }

# pair OP REQUIRED NAME <LINES: the line of NAME that bench.pairs or pairs.h printed, as a figure; its spread and both times for information
pair() {
  local ratio low high a_s b_s pairs
  read -r _ ratio low high a_s b_s pairs < <(awk -v name="$3" '$1 == name' /dev/stdin)
  figure "$3" "$ratio" x "$1" "$2"
  note "$3-spread" "$low..$high" "x,$pairs-pairs"
  note "$3-times" "$a_s/$b_s" s
}

need_data() {
  [ -e "$ATOMLOOM_TEST_DATA/$1" ] || { echo "$bench: no test data '$1' under ATOMLOOM_TEST_DATA" >&2; exit 1; }
}

# start_slurm PROCESSORS: a Slurm of its own on this machine, with so many declared processors, until the benchmark ends. ATOMLOOM_SLURM_TOOL is a script that starts
# and stops one (tests/cluster/slurm.sh says how).
start_slurm() {
  local tool=${ATOMLOOM_SLURM_TOOL:-}
  [ -f "$tool" ] || { echo "$bench: ATOMLOOM_SLURM_TOOL must name a script that starts a Slurm for tests" >&2; exit 1; }
  export SLURM_CI_DIR=/run/atomloom-bench.$$ SLURM_CI_CPUS=$1 SLURM_CI_CTLD_PORT=$((20000 + $$ % 20000)) SLURM_CI_D_PORT=$((20001 + $$ % 20000))
  export SLURM_CONF=$SLURM_CI_DIR/slurm.conf
  trap 'bash "$ATOMLOOM_SLURM_TOOL" stop >/dev/null 2>&1; rm -rf "$SLURM_CI_DIR"' EXIT
  bash "$tool" start >start.log 2>&1 || { cat start.log >&2; exit 1; }
}

# column FILE.csv NAME: the first row's entry of the column whose heading begins with NAME
column() {
  awk -F, -v want="$2" 'NR == 1 { for (i = 1; i <= NF; i++) { h = $i; gsub(/"/, "", h); sub(/ \[.*/, "", h); if (h == want) k = i } } NR == 2 && k { print $k }' "$1"
}

median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }
