#!/usr/bin/env bash
# what: seconds per iteration and memory of the reconstructors, 200^3 x 51 and 512^3 x 61 (ASTRA SIRT 1.92 s, published RESIRE 36 s on 2 threads)
. "$(dirname "$0")/common.sh"
measure() { # SIZE TILTS THREADS WHAT REPEATS -> out
  "$ATOMLOOM_BUILD/bin/bench.resire-speed" "$@" > out || { echo "$bench: bench.resire-speed $* failed" >&2; exit 1; }
}
value() { awk -v n="$1" '$1 == n { print $2 }' out; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }

measure 200 51 2 floor 5
floor=$(value wall_s)
note floor_2_threads "$floor" s
measure 200 51 2 resire 4
resire=$(value wall_s)
small=$(value cpu_s)
figure resire_2_threads "$resire" s '<=' 0.05
note resire_2_threads_cpu "$(value cpu_s)" s
note floor_over_resire "$(ratio "$floor" "$resire")" -
measure 200 51 1 resire 4
figure resire_1_thread "$(value wall_s)" s '<=' 0.1
note resire_1_thread_cpu "$(value cpu_s)" s
measure 200 51 2 sirt 4
figure sirt_2_threads "$(value wall_s)" s '<=' 0.05
measure 200 51 2 euler 3
figure euler_2_threads "$(value wall_s)" s '<=' 0.4
figure euler_over_single_axis "$(ratio "$(value wall_s)" "$resire")" - '<=' 8
measure 200 51 2 wbp 4
figure wbp_2_threads "$(value wall_s)" s '<=' 0.15
measure 200 51 2 memory 1
# volume and projections of 200^3 x 51 are 38.3 MiB
figure peak_over_volume_and_projections "$(ratio "$(value peak_mib)" 38.3)" - '<=' 3
if [ "$(awk '/MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo)" -ge 5 ]; then
  measure 512 61 2 resire 2
  figure large_per_voxel "$(awk -v a="$(value cpu_s)" -v b="$small" 'BEGIN { printf "%.3f", a / (512 ^ 3 * 61) / (b / (200 ^ 3 * 51)) }')" - '<=' 1.3
  measure 512 61 2 memory 1
  figure large_peak "$(value peak_mib)" MiB '<=' 3072
else
  note large_skipped 1 -
fi
exit $short
