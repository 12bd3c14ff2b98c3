#!/usr/bin/env bash
# Every header that is installed compiles alone, without a warning, and no other is installed:
#   headers.sh BINARY_DIR CC
# The headers of the SDK (atomloom/) and kit/check.h as C11, C17 and C++17, those of the kit as C11 and C17.
set -uo pipefail
build=$(cd "$1" && pwd)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cmake -DCMAKE_INSTALL_PREFIX="$place" -P "$build/sdk/cmake_install.cmake" >/dev/null || exit 1
# of the libraries that headers of the kit include
flags=$(pkg-config --cflags hdf5 2>/dev/null)
root=$(dirname "$(find "$place" -type d -name atomloom -path '*include*' | head -n 1)")
cd "$root" || exit 1
bad=0 count=0
for header in atomloom/*.h atomloom/*.hpp kit/*.h; do
  count=$((count + 1))
  case $header in
    *_inside.h) echo "bad: $header is installed; what the files of one part share is not"; bad=1 ;;
  esac
  for how in "c -std=c11" "c -std=c17" "c++ -std=c++17"; do
    set -- $how
    compiler=${CC:-cc}
    if [ "$1" = c++ ]; then
      case $header in kit/check.h) ;; kit/*) continue ;; esac
      compiler=${CXX:-c++}
    else
      case $header in *.hpp) continue ;; esac
    fi
    "$compiler" -x "$1" "$2" -Wall -Wextra -Wpedantic -Wshadow -Werror $flags -I. -fsyntax-only \
      "$header" || { echo "bad: $header as $2"; bad=1; }
  done
done
[ "$count" -ge 30 ] || { echo "bad: only $count headers are installed in $root"; bad=1; }
[ $bad = 0 ] && echo "all $count headers stand alone"
exit $bad
