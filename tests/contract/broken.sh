#!/usr/bin/env bash
# A plugin that breaks one rule is caught by that rule, and by no other:  broken.sh BUILD_DIR NAME
# NAME and its rules are a line of the file `broken`. Prints "NAME: RULES" and is silent otherwise, or says what came instead.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 name=$2
want=$(awk -v n="$name" '$1 == n { $1 = ""; print substr($0, 2) }' "$here/broken")
[ -n "$want" ] || { echo "$name is not in tests/contract/broken" >&2; exit 2; }
out=$("$build/bin/atomloom" check-plugin "$build/tests/plugins_bad/$name.so" --brief --time 1s 2>&1)
status=$?
found=$(sed -nE 's/^  (BROKEN|not tried) +([a-z-]+) .*/\2/p' <<<"$out" | tr '\n' ' ' | sed 's/ $//')
good=0
[ "${found:--}" = "$want" ] || good=1
if [ "$want" = - ]; then [ $status = 0 ] || good=1; else [ $status = 1 ] || good=1; fi
echo "$name: ${found:--}"
[ $good = 0 ] || { echo "expected: $want; exit status $status; check-plugin printed:"; echo "$out"; }
exit $good
