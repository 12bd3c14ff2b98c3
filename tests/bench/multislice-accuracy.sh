# what: multislice and PRISM images of a 500-atom cluster against reference runs of Prismatic, number by number
source "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data multislice/A1_m2D_bins.npy
"$ATOMLOOM_BUILD/bin/bench.multislice" accuracy "$ATOMLOOM_TEST_DATA/multislice" > figures || exit 1
value() { awk -v f="$1" '$1 == f { print $2 }' figures; }
figure bins_relative_rms "$(value bins_relative_rms)" - '<=' 1e-4
figure potential_3d_relative_rms "$(value potential_3d_relative_rms)" - '<=' 0.005
figure prism_vs_multislice "$(value prism_vs_multislice_relative_rms)" - '<=' 0.019
note prism_vs_reference_prism "$(value prism_vs_reference_prism_relative_rms)" -
exit $short
