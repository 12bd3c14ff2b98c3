#!/usr/bin/env bash
# what: reading, checking and expanding a pipeline of 10,000 instances, and the memory the graph keeps
. "$(dirname "$0")/common.sh"
"$ATOMLOOM_BUILD/bin/bench.check-speed" > measured || exit 1
while read -r kind least median bytes; do
  figure "check_10000_${kind}_ms" "$least" ms '<=' 100
  note "check_10000_${kind}_median_ms" "$median" ms
  figure "graph_bytes_per_instance_$kind" "$bytes" byte '<=' 1024
done < measured
exit "$short"
