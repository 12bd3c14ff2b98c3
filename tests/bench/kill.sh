#!/usr/bin/env bash
# what: 300 runs killed by SIGKILL (coordinator, a worker, the whole group) at random moments: nothing is lost, nothing is left behind
. "$(dirname "$0")/common.sh"
export ATOMLOOM_PLUGIN_PATH=$ATOMLOOM_BUILD/tests/plugins
awk 'BEGIN { print "atomloom: 1\nnodes:"
  for (l = 0; l < 5; l++) for (i = 0; i < 8; i++) {
    a = "n" l - 1 "_" i; b = "n" l - 1 "_" (i + 1) % 8; port = l == 1 ? ".number" : ".sum"; n = "  n" l "_" i
    if (!l) print n ": {op: test.number, params: {value: " i "}}"
    else print n ": {op: test.sum, in: {terms: [" a port ", " b port "]}, params: {seconds: 0.002}}" } }' >p.yaml
rounds=${ATOMLOOM_ROUNDS:-300}
RANDOM=1
outputs() { grep '"event": "outputs"' "$1"; }
objects() { (cd "$1/objects" && find . -type f | sort); }
"$atomloom" run p.yaml --store undisturbed --jobs 2 --json >right.json 2>/dev/null || exit 1
objects undisturbed >right.objects
length_ms=$(sed -n 's/.*"event": "end", "time_s": \([0-9.]*\).*/\1/p' right.json | awk '{ print int(1000 * $1) + 20 }')

# The coordinator, one worker, or the whole session, at a random moment of a run.
killed_run() {
  setsid "$atomloom" run p.yaml --store store --jobs 2 >/dev/null 2>&1 &
  local run=$! worker
  sleep "$(awk -v ms=$((RANDOM % length_ms)) 'BEGIN { print ms / 1000 }')"
  case $1 in
  0) kill -KILL "$run" ;;
  1) worker=$(pgrep -P "$run" | head -n 1) && kill -KILL "$worker" ;;
  2) kill -KILL -- "-$run" || kill -KILL "$run" ;;
  esac 2>/dev/null
  wait "$run" 2>/dev/null
}

differ=0 failed=0 hung=0 leftover=0 damaged=0 interrupted=0
for round in $(seq "$rounds"); do
  [ $((round % 2)) -eq 0 ] || rm -rf store # an even round goes on in the same store, half of its objects taken away
  [ $((round % 2)) -ne 0 ] || find store/objects -type f | awk 'NR % 2' | xargs rm -f
  killed_run $((round % 3))
  timeout 20 "$atomloom" run p.yaml --store store --jobs 2 --json >again.json 2>/dev/null
  case $? in 0) ;; 124) hung=$((hung + 1)) ;; *) failed=$((failed + 1)) ;; esac
  grep '"event": "end"' again.json | grep -q '"done": 0,' || interrupted=$((interrupted + 1))
  cmp -s <(outputs again.json) <(outputs right.json) || differ=$((differ + 1))
  [ -z "$(objects store | comm -23 - right.objects)" ] || differ=$((differ + 1))
  leftover=$((leftover + $(find store/tmp store/runs -type f 2>/dev/null | wc -l)))
  damaged=$((damaged + $(find store/damaged -type f 2>/dev/null | wc -l)))
  "$atomloom" cache verify --store store >/dev/null 2>&1 || damaged=$((damaged + 1))
done
note killed "$rounds" runs
figure killed_with_work_left "$interrupted" runs '>=' $((rounds / 5))
figure following_run_failed "$failed" runs == 0
figure following_run_hung "$hung" runs == 0
figure values_differ "$differ" runs == 0
figure damaged_objects "$damaged" objects == 0
figure files_left_behind "$leftover" files == 0
exit $short
