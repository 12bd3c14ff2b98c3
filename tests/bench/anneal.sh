#!/usr/bin/env bash
# what: annealing of 13,366 atoms for 7,200 s: time, mean profile of 20 seeds against exp(nu t L), number of swaps
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
"$ATOMLOOM_BUILD/bin/bench.anneal" > out.txt || exit 1
value() { awk -v name="$1" '$1 == name { print $2 }' out.txt; }
figure wall "$(value wall)" s '<=' 2
note wall_all_modes "$(value wall_all_modes)" s
figure layers "$(value layers)" layers '>=' 6
figure worst_layer "$(value worst_layer)" standard-errors '<=' 4
figure chi_square_per_layer "$(value chi_square_per_layer)" ratio '<=' 3
figure swaps "$(value swaps)" swaps '>=' 28716
figure swaps "$(value swaps)" swaps '<=' 29056
figure swaps_off "$(value swaps_off)" standard-errors '<=' 4
exit $short
