#!/usr/bin/env bash
# what: displacements between simulated scans with 9 counts in the brightest pixel: error over 200 of them, slips by a lattice period, drift per frame
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data denoise/to_clean.npy
"$ATOMLOOM_BUILD/bin/bench.frames" "$ATOMLOOM_TEST_DATA/denoise/to_clean.npy" > out.txt || exit 1
value() { awk -v name="$1" '$1 == name { print $2 }' out.txt; }
figure rms "$(value rms)" pixel '<=' 0.02
note largest "$(value largest)" pixel
note bound "$(value bound)" pixel
figure slips "$(value slips)" slips '==' 0
figure drift "$(value drift)" pixel '<=' 0.05
exit $short
