#!/usr/bin/env bash
# what: 4 GiB stacks (MRC, TIFF) read at the speed of the disk, memory bounded by the series; a TIFF of 65,000 pages in linear time (10 GiB of disk)
. "$(dirname "$0")/common.sh"
/usr/bin/python3 -c 'import numpy' 2>/dev/null || { echo "large-stacks: numpy for /usr/bin/python3 is needed" >&2; exit 1; }
make() { /usr/bin/python3 "$ATOMLOOM_SOURCE/tests/bench/large-stacks.py" "$@"; }
read_it=$ATOMLOOM_BUILD/bin/bench.large-stacks
pages=${LARGE_STACKS_PAGES:-256}
for kind in mrc tiff; do
  make $kind "stack.$kind" "$pages" 2048 && sync "stack.$kind"
  "$read_it" io.read_series "stack.$kind" "$pages" >found || short=1
  sed "s/^disk/$kind-speed-over-the-disk/; s/^memory/$kind-speed-over-reading-into-new-memory/" found >line
  pair '>=' 0.8 "$kind-speed-over-the-disk" <line
  pair '>=' 0.5 "$kind-speed-over-reading-into-new-memory" <line
  figure "$kind-peak-over-the-series" "$(awk -v n="$pages" '$1 == "peak" { print $2 / (n * 16384) }' found)" x '<=' 1.25
  rm -f "stack.$kind"
done
# Twice the pages take twice the time: the time a page of 65,000 over that of 8,000.
for n in 8000 65000; do
  make tiny "$n.tif" "$n" 2
  for _ in 1 2 3; do "$read_it" once io.read_image "$n.tif" "$n"; done | sort -g | head -n 1 >"$n.s"
  note "pages-$n" "$(cat "$n.s")" s
done
figure tiff-65000-time-a-page "$(awk -v a="$(cat 65000.s)" -v b="$(cat 8000.s)" 'BEGIN { print a / 65000 / (b / 8000) }')" x '<=' 1.5
exit $short
