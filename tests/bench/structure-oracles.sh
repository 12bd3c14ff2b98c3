#!/usr/bin/env bash
# what: surfaces, order, pair distances and lattice of measured particles against their stored analyses
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
need_data oracles/derived_TO.csv
"$ATOMLOOM_BUILD/bin/bench.structure-oracles" > measured || exit 1
value() { awk -v name="$1" '$1 == name { print $2 }' measured; }
hold() { figure "$1" "$(value "$1")" "$2" "$3" "$4"; } # NAME UNIT OP REQUIRED
for alloy in mea1 mea4; do
  hold ${alloy}_vertices_that_differ atoms == 0
  hold ${alloy}_area_relative - '<=' 1e-6
  hold ${alloy}_volume_relative - '<=' 1e-6
  hold ${alloy}_csro_worst - '<=' 1e-12
done
hold hea4_csro_worst - '<=' 1e-12
hold hea4_csro_global_worst - '<=' 1e-12
hold hea4_bond_order_worst - '<=' 1e-12
hold hea4_pdf_rms_relative - '<=' 1e-3
hold mg_pair_counts_worst pairs '<=' 10
hold mg_shell_volume_relative - '<=' 5e-4
hold mg_q4_worst - '<=' 1e-12
hold mg_q6_worst - '<=' 1e-12
hold TO_fast_pdf_worst_of_peak - '<=' 1e-4
hold PB_fast_pdf_worst_of_peak - '<=' 1e-4
hold TO_cn_that_differ atoms == 0
hold TO_surface_atoms atoms == 2042
hold TO_p_worst - '<=' 1e-8
hold TO_csro_worst - '<=' 1e-8
hold TO_depth_worst angstrom '<=' 1e-6
hold TO_alpha_PdPd_difference - '<=' 1e-6
hold TO_area_difference angstrom^2 '<=' 1e-3
hold TO_volume_difference angstrom^3 '<=' 1e-3
hold TO_faces faces == 3672
hold TO_vertices vertices == 1840
hold TO_indexed atoms == 8461
hold TO_rms_difference angstrom '<=' 1e-3
hold TO_a_difference angstrom '<=' 1e-4
exit $short
