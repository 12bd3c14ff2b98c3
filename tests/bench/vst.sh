#!/usr/bin/env bash
# what: bias of the inverse of the generalised Anscombe transform, means 0.5 to 200, read noise 0 to 20 electrons
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
figure bias "$("$ATOMLOOM_BUILD/bin/bench.vst")" relative '<=' 1e-3
exit $short
