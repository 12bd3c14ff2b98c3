#!/usr/bin/env bash
# what: every reconstructor on the 64^3 sample against its true volume; RESIRE at 300 iterations (published 0.9793, 0.1895)
. "$(dirname "$0")/common.sh"
need_data resire64
value() { awk -v n="$1" '$1 == n { print $2 }' out; }
try() { # NAME OP PARAMETER
  "$ATOMLOOM_BUILD/bin/bench.resire-quality" "$ATOMLOOM_TEST_DATA/resire64" "reconstruct.$2" "${@:3}" > out || { short=1; return; }
}
try resire resire iterations=300
figure correlation "$(value correlation)" - '>=' 0.980
figure relative_rms "$(value relative_rms)" - '<=' 0.185
note own_r_factor "$(value r_own)" -
note truth_r_factor "$(value r_reference)" -
for other in 'resire-plain resire iterations=300 acceleration=none' 'sirt sirt iterations=300' 'sart sart iterations=20' 'mlem mlem iterations=100' 'wbp wbp'; do
  # shellcheck disable=SC2086
  try $other
  note "${other%% *}_correlation" "$(value correlation)" -
  note "${other%% *}_relative_rms" "$(value relative_rms)" -
done
exit $short
