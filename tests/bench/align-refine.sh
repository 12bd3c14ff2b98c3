#!/usr/bin/env bash
# what: align.refine on the full particle, 50 tilts of 256x256: what is left of shifts and angles once the global pose is taken off, and the time; worst of three seeds
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
"$ATOMLOOM_BUILD/bin/bench.align-refine" > out.txt || exit 1
value() { awk -v name="$1" '$1 == name { print $2 }' out.txt; }
for name in shift_x shift_y; do
  note "before_$name" "$(value "before_$name")" pixel
  figure "$name" "$(value "$name")" pixel '<=' 0.05
done
for name in phi theta psi; do
  note "before_$name" "$(value "before_$name")" degree
  figure "$name" "$(value "$name")" degree '<=' 0.05
done
figure wall "$(value wall)" s '<=' 300
exit $short
