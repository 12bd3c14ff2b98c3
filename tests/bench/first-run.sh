#!/usr/bin/env bash
# what: CPU per action of a first run of 1,000 nodes that compute nothing: isolation, hashing, HDF5, commit; ninja with an echo beside it
. "$(dirname "$0")/common.sh"
export ATOMLOOM_PLUGIN_PATH=$ATOMLOOM_BUILD/tests/plugins
here=$ATOMLOOM_SOURCE/tests/bench
awk -v layers=10 -v width=100 -f "$here/layers.awk" </dev/null >p.yaml
mkdir n && awk -v layers=10 -v width=100 -v ninja=1 -f "$here/layers.awk" </dev/null >n/build.ninja
"$atomloom" ops >/dev/null 2>&1 # plugins are looked at once, whatever runs
# What is there is moved, not removed: a file system that has just removed thousands of files is slow to make new ones.
"$ATOMLOOM_BUILD/bin/bench.pairs" action-over-echo 9 --before 'gone=$(mktemp -d gone.XXXXXX) && { mv store n/n* "$gone" 2>/dev/null; true; }' -- "$atomloom" run p.yaml --store store -- ninja -C n >lines || exit 1
pair '<=' 0.6 action-over-echo <lines
pair '<=' 0.6 action-over-echo-cpu <lines
cpu=$(awk '$1 == "action-over-echo-cpu" { print $5 }' lines) # seconds for 1,000 actions
figure cpu_per_action "$cpu" ms '<=' 1.5
exit $short
