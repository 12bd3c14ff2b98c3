#!/usr/bin/env bash
# what: RESIRE on the 64^3 sample, 100 iterations, against its true volume (published code: R 0.0110, correlation 0.9732)
. "$(dirname "$0")/common.sh"
need_data resire64
"$ATOMLOOM_BUILD/bin/bench.resire-quality" "$ATOMLOOM_TEST_DATA/resire64" reconstruct.resire iterations=100 > out || exit 1
value() { awk -v n="$1" '$1 == n { print $2 }' out; }
figure own_r_factor "$(value r_own)" - '<=' 0.0110
figure correlation "$(value correlation)" - '>=' 0.972
note truth_r_factor "$(value r_reference)" -
note relative_rms "$(value relative_rms)" -
exit $short
