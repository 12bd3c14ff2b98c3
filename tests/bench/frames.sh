#!/usr/bin/env bash
# what: displacements between simulated scans with 9 counts in the brightest pixel: error over 200 of them, slips by a lattice period (also of crystals that fill the images), drift per frame
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data denoise/to_clean.npy
"$ATOMLOOM_BUILD/bin/bench.frames" "$ATOMLOOM_TEST_DATA/denoise/to_clean.npy" > out.txt || exit 1
value() { awk -v name="$1" '$1 == name { print $2 }' out.txt; }
figure rms "$(value rms)" pixel '<=' 0.02
note largest "$(value largest)" pixel
note bound "$(value bound)" pixel
figure slips "$(value slips)" slips '==' 0
for crystal in missing thickness perfect; do
  figure $crystal-slips "$(value ${crystal}_slips)" slips '==' 0
  note $crystal-ambiguous "$(value ${crystal}_open)" pairs
done
# A perfect lattice displaced by more than half a period: nothing in the images says by how many.
note jumps-slips "$(value jumps_slips)" slips
figure slips-without-a-warning "$(($(value jumps_unsaid) + $(value perfect_unsaid) + $(value thickness_unsaid) + $(value missing_unsaid)))" slips '==' 0
figure drift "$(value drift)" pixel '<=' 0.05
exit $short
