#!/usr/bin/env bash
# what: small dense systems of the ops, solved by hand over the same by OpenBLAS and LAPACKE, in pairs (below 1: by hand is faster)
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
[ -x "$ATOMLOOM_BUILD/bin/bench.dense" ] || { echo "$bench: built without OpenBLAS and LAPACKE" >&2; exit 3; }
"$ATOMLOOM_BUILD/bin/bench.dense" >lines || exit 1
while read -r name ratio low high own library pairs; do
  note "$name" "$ratio" x
  note "$name-spread" "$low..$high" "x,$pairs-pairs"
done <lines
exit $short
