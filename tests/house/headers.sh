#!/usr/bin/env bash
# The SDK's headers compile alone, without a warning, as C11, C17 and C++17:  headers.sh SOURCE_DIR CC
set -uo pipefail
cd "$1" || exit 1
bad=0
for header in sdk/include/atomloom/*.h; do
  for how in "c -std=c11" "c -std=c17" "c++ -std=c++17"; do
    set -- $how
    compiler=${CC:-cc}
    [ "$1" = c ] || compiler=${CXX:-c++}
    "$compiler" -x "$1" "$2" -Wall -Wextra -Wpedantic -Wshadow -Werror -Isdk/include -fsyntax-only "$header" || { echo "bad: $header as $2"; bad=1; }
  done
done
[ $bad = 0 ] && echo "every header stands alone"
exit $bad
