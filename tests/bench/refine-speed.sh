#!/usr/bin/env bash
# what: the engine of refine.* on the full particle, 50 tilts of 256x256: drawing the model, likelihood, gradient, product of the Fisher matrix, over the time to draw once
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
"$ATOMLOOM_BUILD/bin/bench.refine-speed" > out.txt || exit 1
value() { awk -v name="$1" '$1 == name { print $2 }' out.txt; }
for threads in 1 2; do
  draw=$(value draw_$threads)
  note "draw_$threads" "$draw" s
  for what in likelihood gradient product; do
    note "${what}_$threads" "$(value ${what}_$threads)" s
    figure "${what}_over_draw_$threads" "$(awk -v a="$(value ${what}_$threads)" -v b="$draw" 'BEGIN { printf "%.2f", a / b }')" - '<=' 3
  done
done
exit $short
