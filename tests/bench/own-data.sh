#!/usr/bin/env bash
# what: one series in every encoding (TIFF, MRC, DM3, EMD, NumPy, MATLAB, ...): the same tilt_series from all of them
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
/usr/bin/python3 "$ATOMLOOM_SOURCE/tests/io/own_data.py" "$ATOMLOOM_BUILD" >found || short=1
grep -v '^wrote' found >&2
read -r good _ all _ < <(tail -n 1 found)
figure encodings_that_agree "$good" encodings == "$all"
exit $short
