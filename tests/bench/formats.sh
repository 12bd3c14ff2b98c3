#!/usr/bin/env bash
# what: files of other programs, read as independent readers read them: shape, sum, first values, size of pixels, tilt
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
/usr/bin/python3 "$ATOMLOOM_SOURCE/tests/io/formats.py" "$ATOMLOOM_BUILD" "$ATOMLOOM_TEST_DATA" >found || short=1
grep -v 'as expected$\|^wrote' found >&2
read -r good _ all _ < <(tail -n 1 found)
figure files_as_expected "$good" files == "$all"
exit $short
