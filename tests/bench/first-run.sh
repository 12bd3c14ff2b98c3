#!/usr/bin/env bash
# what: CPU per action of a first run of 1,000 nodes that compute nothing: isolation, hashing, HDF5, commit; ninja with an echo beside it
. "$(dirname "$0")/common.sh"
export ATOMLOOM_PLUGIN_PATH=$ATOMLOOM_BUILD/tests/plugins
here=$ATOMLOOM_SOURCE/tests/bench
awk -v layers=10 -v width=100 -f "$here/layers.awk" </dev/null >p.yaml
mkdir n && awk -v layers=10 -v width=100 -v ninja=1 -f "$here/layers.awk" </dev/null >n/build.ninja
"$atomloom" ops >/dev/null 2>&1 # plugins are looked at once, whatever runs
for round in 1 2 3 4 5; do
  rm -rf store$round n/n*
  "$ATOMLOOM_BUILD/bin/bench.timing" 1 -- "$atomloom" run p.yaml --store store$round -- ninja -C n >times || exit 1
  sed -n 1p times >>ours
  sed -n 2p times >>ninja
done
column_median() { awk -v k="$2" '{ print $k / 1000 }' "$1" | median; }
figure cpu_per_action "$(column_median ours 3)" ms '<=' 1.5
note wall_per_action "$(column_median ours 2)" ms
note ninja_cpu_per_node "$(column_median ninja 3)" ms
note ninja_wall_per_node "$(column_median ninja 2)" ms
exit $short
