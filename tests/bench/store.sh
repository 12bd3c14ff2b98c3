#!/usr/bin/env bash
# what: store: a 1 GiB volume hashed and written against SHA-256 of libcrypto alone; CPU of one small action; finding 10,000 actions
# The 1 GiB is written to a file system in memory, so that it is the store that is measured; the same on the disk here is shown beside
# what `dd` gives on that disk, both synced.
. "$(dirname "$0")/common.sh"
program=$ATOMLOOM_BUILD/bin/bench.store
value() { awk -v name="$1" '$1 == name { print $2 }'; }

room=$(df --output=avail -k /dev/shm 2> /dev/null | tail -n 1)
[ "${room:-0}" -gt 2000000 ] && base=/dev/shm || base=$PWD # without room in memory it is the disk that limits
memory=$(mktemp -d "$base/atomloom-bench-XXXXXX") || exit 1
trap 'rm -rf "$memory"' EXIT
"$program" large "$memory/store" > large || exit 1
pair '>=' 0.8 put-over-sha256 < large
pair '>=' 0.6 verified-get-over-sha256 < large
rm -rf "$memory/store"

"$program" disk disk > large || exit 1
for _ in 1 2 3; do
  dd if=/dev/zero of=zeros bs=8M count=128 conv=fdatasync 2>&1 | awk 'END { for (i = 1; i < NF; i++) if ($i ~ /^copied/) print 1073741824 / $(i + 1) }' >> dd
done
note disk-put "$(value put < large)" byte/s
note disk-dd "$(sort -g dd | tail -n 1)" byte/s
rm -rf disk zeros

for i in 1 2 3; do
  "$program" small "store.small$i" > small || exit 1
  for name in cpu wall get; do value $name < small >> "small.$name"; done
done
least() { sort -g "$1" | head -n 1; }
figure action-cpu "$(least small.cpu)" s '<=' 0.0006
note action-wall "$(least small.wall)" s
figure value-get-cpu "$(least small.get)" s '<=' 0.0002
"$program" plan store.plan > plan || exit 1
note find-10000 "$(value plan < plan)" s # required as a ratio: noop find_over_plan_10000
figure find-10000-memory "$(value memory < plan)" byte '<=' 16777216
exit $short
