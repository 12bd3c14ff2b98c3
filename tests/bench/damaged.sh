#!/usr/bin/env bash
# what: small files of every format, cut short and with single bits flipped: errors, whole values, wrong values (0)
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"
"$ATOMLOOM_BUILD/bin/bench.damaged" >counted || short=1
# FORMAT truncations|flips TRIED errors N whole N undetectable N wrong N unstable N silent N crashed N
while read -r format kind tried _ errors _ whole _ undetectable _ wrong _ unstable _ silent _ crashed; do
  note "${format}_${kind}_tried" "$tried" files
  note "${format}_${kind}_errors" "$errors" files
  note "${format}_${kind}_whole" "$whole" files
  note "${format}_${kind}_not_detectable_by_the_format" "$undetectable" files
  figure "${format}_${kind}_wrong" $((wrong + unstable + silent + crashed)) files == 0
done <counted
exit $short
