#!/usr/bin/env bash
# what: --executor slurm: 1,000 trivial actions, the coordinator's share of a core and its memory, the quickstart next to a local run
. "$(dirname "$0")/common.sh"
start_slurm 16

# Of the coordinator alone: processor time and peak from /proc while it lives, every 50 ms.
watch_run() { # watch_run SECONDS_FILE arguments of run...
  local file=$1 begin pid now cpu=0 peak=0 stat
  shift
  begin=$(date +%s.%N)
  "$atomloom" run "$@" --quiet >/dev/null 2>&1 &
  pid=$!
  while stat=$(cat "/proc/$pid/stat" 2>/dev/null) && [ -n "$stat" ]; do
    now=$(echo "${stat##*) }" | awk -v hz="$(getconf CLK_TCK)" '{ print ($12 + $13) / hz }')
    [ -n "$now" ] && cpu=$now
    now=$(awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null)
    [ -n "$now" ] && peak=$now
    sleep 0.05
  done
  wait $pid
  echo "$? $(date +%s.%N) $begin $cpu $peak" | awk '{ print $1, $2 - $3, $4, $5 / 1024 }' >"$file"
}

export ATOMLOOM_PLUGIN_PATH=$ATOMLOOM_BUILD/tests/plugins
awk 'BEGIN { print "atomloom: 1\nnodes:"; for (i = 0; i < 1000; i++) print "  n" i ": {op: test.number, params: {value: " i "}}" }' >trivial.yaml
awk 'BEGIN { print "atomloom: 1\nnodes:"; for (i = 0; i < 1000; i++) print "  n" i ": {op: test.sum, params: {add: " i ", seconds: 0.5}}" }' >half.yaml
watch_run figures trivial.yaml --store trivial --executor slurm
read -r status wall cpu peak <figures
[ "$status" = 0 ] || exit 1
figure wall_1000 "$wall" s '<=' 60
figure peak_1000 "$peak" MiB '<=' 32
note cpu_1000 "$cpu" s
note jobs_1000 "$(squeue --noheader --array --states=all --format=%j | grep -c '^atomloom-')" jobs
# Over a run that takes its time: half a second each.
watch_run figures half.yaml --store half --executor slurm
read -r status wall cpu peak <figures
[ "$status" = 0 ] || exit 1
note wall_half "$wall" s
figure share_of_core "$(awk -v c="$cpu" -v w="$wall" 'BEGIN { print 100 * c / w }')" % '<=' 5

unset ATOMLOOM_PLUGIN_PATH
quickstart() { # quickstart NAME options...: prints seconds
  local begin name=$1
  shift
  begin=$(date +%s.%N)
  "$atomloom" run "$ATOMLOOM_SOURCE/pipelines/quickstart.yaml" --store "$name" --json "$@" >"$name.json" 2>/dev/null || exit 1
  awk -v a="$begin" -v b="$(date +%s.%N)" 'BEGIN { print b - a }'
}
if [ -z "${ATOMLOOM_QUICK:-}" ]; then
  local_s=$(quickstart here) && slurm_s=$(quickstart there --executor slurm) || exit 1
  cmp -s <(grep '"event": "outputs"' here.json) <(grep '"event": "outputs"' there.json)
  figure quickstart_differs $? outputs == 0
  figure quickstart_over_local "$(awk -v a="$slurm_s" -v b="$local_s" 'BEGIN { print a / b }')" x '<=' 3
fi

# The controller is away for 30 s in mid-run.
export ATOMLOOM_PLUGIN_PATH=$ATOMLOOM_BUILD/tests/plugins
awk 'BEGIN { print "atomloom: 1\nnodes:"; for (i = 0; i < 100; i++) print "  n" i ": {op: test.sum, params: {add: " i ", seconds: 1}}" }' >away.yaml
"$atomloom" run away.yaml --store away --executor slurm --json >away.json 2>/dev/null &
run=$!
until grep -q '"outcome": "done"' away.json; do sleep 0.1; done
kill "$(cat "$SLURM_CI_DIR/slurmctld.pid")"
sleep 30
slurmctld -f "$SLURM_CONF"
wait $run
figure away_exit_status $? - == 0
figure away_done "$(grep -c '"outcome": "done"' away.json)" actions == 100
exit $short
