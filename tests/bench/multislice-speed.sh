# what: CPU time, memory and thread efficiency of multislice and PRISM, 6,400 probes on 500 atoms, beside the floor of its Fourier transforms
source "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data multislice/cluster500_snap.xyz
bench_program=$ATOMLOOM_BUILD/bin/bench.multislice
data=$ATOMLOOM_TEST_DATA/multislice
value() { awk -v f="$1" '$1 == f { print $2 }' figures; }
"$bench_program" floor "$data" > figures || exit 1
floor=$(value transforms_cpu_s)
"$bench_program" speed "$data" 1 > figures && one=$(value wall_s) one_cpu=$(value cpu_s)
"$bench_program" speed "$data" 2 > figures && two=$(value wall_s)
figure multislice_cpu "$one_cpu" s '<=' 60
figure multislice_peak "$(value peak_MB)" MB '<=' 63
figure multislice_two_thread_efficiency "$(awk -v a="$one" -v b="$two" 'BEGIN { printf "%.3f", a / (2 * b) }')" - '>=' 0.90
note multislice_floor_of_transforms "$floor" s
note multislice_over_floor "$(awk -v a="$one_cpu" -v b="$floor" 'BEGIN { printf "%.2f", a / b }')" -
"$bench_program" prism-speed "$data" 1 > figures && figure prism_cpu "$(value cpu_s)" s '<=' 8
"$bench_program" prism-speed "$data" 2 > figures && figure prism_peak "$(value peak_MB)" MB '<=' 120
exit $short
