#!/usr/bin/env bash
# what: RESIRE over its multiply-adds, WBP over RESIRE, multislice over its transforms, the alpha shape over Qhull, in pairs
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
measure() { # OP REQUIRED NAME WHAT...
  "$ATOMLOOM_BUILD/bin/bench.kernels" "${@:4}" >lines || { echo "$bench: bench.kernels ${*:4} failed" >&2; exit 1; }
  pair "$1" "$2" "$3" <lines
}
measure '<=' 2.0 resire-over-multiply-adds iteration
measure '<=' 2.2 wbp-over-resire wbp
measure '<=' 1.5 alpha-shape-over-qhull alpha
need_data multislice/cluster500_snap.xyz
measure '<=' 1.1 multislice-over-transforms multislice "$ATOMLOOM_TEST_DATA/multislice"
exit $short
