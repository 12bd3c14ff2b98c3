#!/usr/bin/env bash
# what: a run that finds everything up to date: 1,000 nodes beside ninja on the same graph, and 10,000 nodes
. "$(dirname "$0")/common.sh"
export ATOMLOOM_PLUGIN_PATH=$ATOMLOOM_BUILD/tests/plugins
here=$ATOMLOOM_SOURCE/tests/bench
layers() { awk -v layers="$1" -v width=100 -v ninja="$2" -f "$here/layers.awk" </dev/null; }
layers 10 0 >small.yaml
layers 100 0 >large.yaml
mkdir n && layers 10 1 >n/build.ninja
ninja -C n >/dev/null || { echo "noop: ninja is needed (package ninja-build)" >&2; exit 1; }
"$atomloom" run small.yaml >/dev/null 2>&1 && "$atomloom" run large.yaml >/dev/null 2>&1 || exit 1

"$ATOMLOOM_BUILD/bin/bench.pairs" over-ninja 41 -- "$atomloom" run --quiet small.yaml -- ninja -C n >lines || exit 1
pair '<=' 1.4 over-ninja <lines
read -r _ _ _ ours_peak < <("$ATOMLOOM_BUILD/bin/bench.timing" 3 -- "$atomloom" run --quiet small.yaml)
figure peak_1000 "$(awk -v k="$ours_peak" 'BEGIN { print k / 1024 }')" MiB '<=' 16
read -r large_min large_median large_cpu large_peak < <("$ATOMLOOM_BUILD/bin/bench.timing" 15 -- "$atomloom" run --quiet large.yaml)
note fastest_10000 "$large_min" ms
note cpu_10000 "$large_cpu" ms
figure wall_10000 "$large_median" ms '<=' 100
figure peak_10000 "$(awk -v k="$large_peak" 'BEGIN { print k / 1024 }')" MiB '<=' 29.8 # 20 MiB and 1 KiB for each instance
# What the store takes of it: every action announced, kept, found and touched, in a process of its own, beside the plan.
"$ATOMLOOM_BUILD/bin/bench.store" keys "$ATOMLOOM_STORE" >keys || exit 1
"$ATOMLOOM_BUILD/bin/bench.pairs" find-over-plan 21 -- "$ATOMLOOM_BUILD/bin/bench.store" find "$ATOMLOOM_STORE" keys -- "$atomloom" plan large.yaml >lines || exit 1
pair '<=' 0.5 find-over-plan <lines
exit $short
