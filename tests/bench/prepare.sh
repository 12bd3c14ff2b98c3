#!/usr/bin/env bash
# what: pipelines/prepare.yaml on simulated series of 60 tilts of 3 scans: displacements left, background, totals, time, memory, threads
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
series() { "$ATOMLOOM_BUILD/bin/bench.prepare" "$@" > "out-$1-$2.txt" || exit 1; }
value() { awk -v name="$1" '$1 == name { print $2 }' "out-$2.txt"; }

series 1 2
figure along "$(value along 1-2)" pixel '<=' 0.1
figure across "$(value across 1-2)" pixel '<=' 0.15
# The method by itself, and at 20 times the dose.
figure background-without-noise "$(value background_series_without_noise 1-2)" '' '<=' 0.05
figure total-without-noise "$(value total_series_without_noise 1-2)" '' '<=' 0.005
note background-laplace-without-noise "$(value background_laplace_without_noise 1-2)" ''
note total-laplace-without-noise "$(value total_laplace_without_noise 1-2)" ''
note background-series-20-times-the-dose "$(value background_bright 1-2)" ''
# On counts: what the method makes of a total, next to what the counts of a total with a known background scatter by.
figure background "$(value background_series 1-2)" '' '<=' 0.05
figure total "$(value total_series 1-2)" '' '<=' 0.005
note background-laplace "$(value background_laplace 1-2)" ''
note total-laplace "$(value total_laplace 1-2)" ''
note noise-of-a-pixel "$(value noise 1-2)" 'of the variation'
note total-known-background "$(value counting 1-2)" ''
figure wall "$(value wall 1-2)" s '<=' 60
note cpu "$(value cpu 1-2)" s
figure memory "$(value memory 1-2)" MB '<=' 600

series 8 2 # starts up to 20 pixels off and more
note coarse-largest "$(value largest 8-2)" pixel
figure coarse-along "$(value along 8-2)" pixel '<=' 0.1
figure coarse-across "$(value across 8-2)" pixel '<=' 0.15

for threads in 1 4; do
  series 1 $threads
  same=$([ "$(value digest 1-$threads)" = "$(value digest 1-2)" ] && echo 1 || echo 0)
  figure same-bytes-with-$threads-threads "$same" '' '==' 1
done
exit $short
