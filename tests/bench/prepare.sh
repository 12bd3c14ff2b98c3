#!/usr/bin/env bash
# what: pipelines/prepare.yaml on a simulated series of 60 tilts of 3 scans: displacements left, background, totals, time
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
"$ATOMLOOM_BUILD/bin/bench.prepare" 1 > out.txt || exit 1
value() { awk -v name="$1" '$1 == name { print $2 }' out.txt; }
figure along "$(value along)" pixel '<=' 0.1
figure across "$(value across)" pixel '<=' 0.15
figure background "$(value background)" '' '<=' 0.05
figure total "$(value total)" '' '<=' 0.005
note cpu "$(value cpu)" s
note wall "$(value wall)" s
exit $short
