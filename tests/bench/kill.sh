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
outputs() { "$atomloom" run p.yaml --store "$1" --jobs 2 --json 2>/dev/null | grep '"event": "outputs"'; }
objects() { (cd "$1/objects" && find . -type f | sort); }
outputs undisturbed >right
objects undisturbed >right.objects
differ=0 failed=0 leftover=0 locked=0 damaged=0 resumed=0
for round in $(seq "$rounds"); do
  # Every third round begins with an empty store; the others go on with what the last one left.
  [ $((round % 3)) -ne 1 ] || rm -rf store
  setsid "$atomloom" run p.yaml --store store --jobs 2 >/dev/null 2>&1 & run=$!
  sleep 0.$(printf '%03d' $((RANDOM % 160)))
  case $((round % 3)) in
  0) kill -KILL "$run" ;;
  1) worker=$(pgrep -P "$run" | head -n 1); [ -z "$worker" ] || kill -KILL "$worker" ;;
  2) kill -KILL -- "-$run" 2>/dev/null || kill -KILL "$run" ;;
  esac 2>/dev/null
  wait "$run" 2>/dev/null
  if [ $((round % 3)) -eq 0 ] || [ $((round % 10)) -eq 0 ]; then
    timeout 20 "$atomloom" run p.yaml --store store --jobs 2 --json >again.json 2>/dev/null
    case $? in 0) ;; 124) locked=$((locked + 1)) ;; *) failed=$((failed + 1)) ;; esac
    grep -q '"done": 0' again.json || resumed=$((resumed + 1))
    cmp -s <(grep '"event": "outputs"' again.json) right || differ=$((differ + 1))
    objects store | cmp -s - right.objects || differ=$((differ + 1))
    leftover=$((leftover + $(find store/tmp -type f 2>/dev/null | wc -l)))
    damaged=$((damaged + $(find store/damaged -type f 2>/dev/null | wc -l)))
  fi
done
"$atomloom" cache verify --store store >/dev/null 2>&1 || damaged=$((damaged + 1))
note killed "$rounds" runs
note resumed "$resumed" runs
figure following_run_failed "$failed" runs == 0
figure following_run_hung "$locked" runs == 0
figure values_differ "$differ" runs == 0
figure damaged_objects "$damaged" objects == 0
figure temporary_files_left "$leftover" files == 0
exit $short
