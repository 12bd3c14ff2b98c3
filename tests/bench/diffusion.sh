# what: D found by E1, E2, E3 from simulated anneals with known D: 16 of 13,366 atoms, and how often 68 % intervals hold it, over 200 of each of three sizes
source "$ATOMLOOM_SOURCE/tests/bench/common.sh"
"$ATOMLOOM_BUILD/bin/bench.diffusion" > figures || exit 1
value() { awk -v l="$1" -v e="$2" -v k="$3" '$1 == l && $2 == e { print $k }' figures; }
interval() { awk -v s="$1" -v e="$2" -v k="$3" '$1 == "coverage" && $2 == s && $3 == e { print $k }' figures; }
figure E3_mean_ratio_low "$(value true E3 3)" - '>=' 0.9
figure E3_mean_ratio_high "$(value true E3 3)" - '<=' 1.1
figure E3_least_ratio "$(value true E3 5)" - '>=' 0.75
figure E3_largest_ratio "$(value true E3 6)" - '<=' 1.25
note E3_scatter "$(value true E3 4)" -
note E1_mean_ratio "$(value true E1 3)" -
note E2_mean_ratio "$(value true E2 3)" -
figure E3_least_ratio_5_percent_wrong "$(value wrong5 E3 5)" - '>=' 0.769
figure E3_largest_ratio_5_percent_wrong "$(value wrong5 E3 6)" - '<=' 1.3
note E3_mean_ratio_5_percent_wrong "$(value wrong5 E3 3)" -
note E1_mean_ratio_5_percent_wrong "$(value wrong5 E1 3)" -
note E2_mean_ratio_5_percent_wrong "$(value wrong5 E2 3)" -
for size in atoms336 atoms852 atoms1976; do
  for e in E1 E2 E3; do
    figure "${size}_${e}_coverage_low" "$(interval $size $e 4)" - '>=' 0.60
    figure "${size}_${e}_coverage_high" "$(interval $size $e 4)" - '<=' 0.76
    figure "${size}_${e}_holds_estimate" "$(interval $size $e 5)" - '==' 1
    note "${size}_${e}_median_ratio" "$(interval $size $e 6)" -
  done
done
exit $short
