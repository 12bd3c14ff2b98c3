#!/usr/bin/env bash
# what: two runs on one store at once, 200 instances, random offsets: every action is executed exactly once
. "$(dirname "$0")/common.sh"
export ATOMLOOM_PLUGIN_PATH=$ATOMLOOM_BUILD/tests/plugins
# 10 layers of 20: sums, and every fifth node takes a while, so that the two meet.
awk 'BEGIN { print "atomloom: 1\nnodes:"
  for (l = 0; l < 10; l++) for (i = 0; i < 20; i++) {
    a = "n" l - 1 "_" i; b = "n" l - 1 "_" (i + 1) % 20; port = l == 1 ? ".number" : ".sum"; n = "  n" l "_" i
    if (!l) print n ": {op: test.number, params: {value: " i "}}"
    else print n ": {op: test.sum, in: {terms: [" a port ", " b port "]}, params: {seconds: " (i % 5 ? 0 : 0.01) "}}" } }' >p.yaml
rounds=${ATOMLOOM_ROUNDS:-10}
twice=0 missing=0 failed=0 differ=0
for round in $(seq "$rounds"); do
  rm -rf store && RANDOM=$round
  "$atomloom" run p.yaml --store store --jobs 2 --json >a.json 2>/dev/null & one=$!
  sleep 0.$(printf '%03d' $((RANDOM % 300)))
  "$atomloom" run p.yaml --store store --jobs 2 --json >b.json 2>/dev/null & two=$!
  wait $one || failed=$((failed + 1))
  wait $two || failed=$((failed + 1))
  grep -h '"outcome": "done"' a.json b.json | sed 's/.*"instance": "\([^"]*\)".*/\1/' | sort >done
  twice=$((twice + $(uniq -d done | wc -l)))
  missing=$((missing + 200 - $(uniq done | wc -l)))
  cmp -s <(grep '"event": "outputs"' a.json) <(grep '"event": "outputs"' b.json) || differ=$((differ + 1))
done
note rounds "$rounds" runs
figure executed_twice "$twice" actions == 0
figure never_executed "$missing" actions == 0
figure failed "$failed" runs == 0
figure outputs_differ "$differ" runs == 0
exit $short
