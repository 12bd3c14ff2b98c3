#!/usr/bin/env bash
# what: 100 kills of the coordinator at random moments under --executor slurm: every action is executed once, nothing is lost or left behind
. "$(dirname "$0")/common.sh"
start_slurm 4
export ATOMLOOM_PLUGIN_PATH=$ATOMLOOM_BUILD/tests/plugins
actions=40 kills=${ATOMLOOM_KILLS:-100}
RANDOM=1
pipeline() { # pipeline COUNT_FILE: each action writes a line there when it is executed
  awk -v n="$actions" -v file="$1" 'BEGIN { print "atomloom: 1\nnodes:"
    for (i = 0; i < n; i++) { list = list (i ? ", " : "") "n" i ".sum"
      print "  n" i ": {op: test.sum, params: {add: " i ", seconds: 1, count: \"" file "\"}}" }
    print "  total: {op: test.sum, in: {terms: [" list "]}, params: {add: -1, count: \"" file "\"}}\noutputs: {total: total.sum}" }'
}
jobs() { squeue --noheader --array --states=all --format='%F %j' | awk -v after="$1" '$1 > after && /atomloom-/' | wc -l; }
files() { find "$1/jobs" "$1/runs" "$1/tmp" "$1/damaged" -mindepth 1 2>/dev/null | wc -l; }
outputs() { grep '"event": "outputs"' "$1"; }
pipeline "$PWD/local.count" >local.yaml
"$atomloom" run local.yaml --store local --jobs 8 --json >right.json 2>/dev/null || exit 1

killed=0 rounds=0 twice=0 never=0 more=0 failed=0 differ=0 left=0
while [ "$killed" -lt "$kills" ]; do
  rounds=$((rounds + 1))
  store=store.$rounds before=$(squeue --noheader --array --states=all --format=%F | sort -n | tail -n 1)
  pipeline "$PWD/$rounds.count" >p.yaml
  while :; do # until a run comes to its end before it is killed
    "$atomloom" run p.yaml --store "$store" --executor slurm --quiet >/dev/null 2>&1 &
    run=$!
    if [ $((RANDOM % 2)) = 0 ]; then ms=$((RANDOM % 600)); else ms=$((RANDOM % 5000)); fi
    sleep "$(awk -v ms=$ms 'BEGIN { print ms / 1000 }')"
    kill -KILL $run 2>/dev/null || break
    wait $run 2>/dev/null
    killed=$((killed + 1))
  done
  wait $run
  timeout 300 "$atomloom" run p.yaml --store "$store" --executor slurm --json >again.json 2>/dev/null || failed=$((failed + 1))
  cmp -s <(outputs again.json) <(outputs right.json) || differ=$((differ + 1))
  # leftovers are removed by the next run that has something to do
  printf 'atomloom: 1\nnodes: {other: {op: test.number}}\n' >other.yaml
  "$atomloom" run other.yaml --store "$store" --executor slurm --quiet >/dev/null 2>&1
  twice=$((twice + $(sort "$rounds.count" | uniq -d | wc -l)))
  never=$((never + actions + 1 - $(sort -u "$rounds.count" | wc -l)))
  more=$((more + $(jobs "${before:-0}") - actions - 2))
  left=$((left + $(files "$store")))
done
note kills "$killed" "kills,$rounds-rounds"
figure executed_twice "$twice" actions == 0
figure never_executed "$never" actions == 0
figure last_run_failed "$failed" runs == 0
figure values_differ "$differ" rounds == 0
figure files_left_behind "$left" files == 0
note jobs_more "$more" jobs
exit $short
