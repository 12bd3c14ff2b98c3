#!/usr/bin/env bash
# what: time of the structure and order ops on 13,366 atoms together and on a million atoms, 2 threads, and the memory
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
"$ATOMLOOM_BUILD/bin/bench.structure-speed" 2 > measured || exit 1
value() { awk -v name="$1" '$1 == name { print $2 }' measured; }
for op in pdf coordination surface curvature csro onion lattice bond_orientation regions; do note ${op}_13366 "$(value ${op}_13366)" s; done
figure together_13366 "$(value together_13366)" s '<=' 2
note pdf_1e6 "$(value pdf_1e6)" s
note coordination_1e6 "$(value coordination_1e6)" s
figure pdf_and_coordination_1e6 "$(value pdf_and_coordination_1e6)" s '<=' 10
figure surface_1e6 "$(value surface_1e6)" s '<=' 60
figure memory_1e6 "$(value memory_1e6)" GiB '<=' 4
exit $short
