#!/usr/bin/env bash
# what: simulated tilt series of the full particle: 50 tilts of 256x256, 3 frames, all errors on; time, flux, Poisson statistics
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
"$ATOMLOOM_BUILD/bin/bench.tilt-series" > out.txt || exit 1
value() { awk -v name="$1" '$1 == name { print $2 }' out.txt; }
figure wall "$(value wall)" s '<=' 5
figure wall_small "$(value wall_small)" s '<=' 1
figure flux "$(value flux)" relative '<=' 1e-6
figure chi_square "$(value chi_square)" sigma '<=' 4
exit $short
