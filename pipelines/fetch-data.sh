#!/usr/bin/env bash
# Where the public data that tests, benchmarks and truth-table.yaml use come from. It downloads nothing: licences differ, and some pages
# ask for a click. Put the files where the right column says, under one directory, and name that in ATOMLOOM_TEST_DATA (or --var data=).
#   bash pipelines/fetch-data.sh [DIRECTORY]      says also which of them are there
set -u
directory=${1:-${ATOMLOOM_TEST_DATA:-../shared/data}}

# data FOLDER FILE "WHAT" "FROM" [...]
data() {
  local mark=missing
  [ -e "$directory/$1/$2" ] && mark='here   '
  printf '%s  %s/%s\n         %s\n' "$mark" "$1" "$2" "$3"
  shift 3
  printf '         from %s\n' "$@"
}

echo "data in $directory:"
data asi208 projections_dose1p6e5.mat '208 silicon atoms: 60 multislice images with counts at 1.6e5 and 8e3 e/A^2, angles, true atoms' \
  'the repository with data and code of the simulated amorphous silicon study; there: aSi_2nmFosCetr_Dose1p6e5_cov35pm_ForBM3D.mat,' \
  '...Dose8p0e3..., the angles and the atomic model. Its DOI is not recorded here: search for these names'
data resire64 projections.mat 'an amorphous volume of 64^3 and its 41 projections without noise' \
  'the RESIRE code: doi 10.1038/s41598-023-31124-7, section "Code availability"; its example data'
data ta_film projections_area29.mat 'experimental ADF-STEM tilt series of an amorphous tantalum film, published volumes' \
  'doi 10.1038/s41563-021-01114-z, section "Data availability"'
data pdpt TO.xyz 'experimental Pd@Pt particles as atoms' \
  'doi 10.1038/s41467-023-38536-z, sections "Data availability" and "Code availability"'
data oracles mg_atoms_boo.csv 'stored analyses of the metallic glass and of medium- and high-entropy particles' \
  'doi 10.1038/s41586-021-03354-0 (metallic glass) and doi 10.1038/s41586-023-06785-z (medium- and high-entropy alloys)'
data multislice A1_m2D_adf.npy 'reference runs of Prismatic 2.0 on a cluster of 500 atoms' \
  'made with https://github.com/prism-em/prismatic and the settings in params_common.txt'
data formats expected.csv 'small real files of MRC, DM3, DM4, EMD, SER' \
  'the test data of https://github.com/hyperspy/rosettasciio and https://github.com/ercius/openNCEM'
