#!/usr/bin/env bash
# No circles in framework/: neither headers that include each other nor files that call each other (functions and data of external
# linkage, read off the object files). Prints each circle with what makes it:  circles.sh SOURCE_DIR BINARY_DIR
set -uo pipefail
cd "$1" || exit 1
objects=$(cd "$2/framework/CMakeFiles" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
broken=0

# tangle EDGES: lines "from to what"; prints those that lie on a circle: from `to` one comes back to `from`
tangle() {
  awk '
    function number(name) {
      if (!(name in index_of)) { index_of[name] = ++files }
      return index_of[name]
    }
    $1 != $2 {
      a = number($1); b = number($2)
      reach[a, b] = 1
      what[$1 " -> " $2] = what[$1 " -> " $2] " " $3
    }
    END {
      for (k = 1; k <= files; k++)
        for (i = 1; i <= files; i++)
          if ((i, k) in reach)
            for (j = 1; j <= files; j++)
              if ((k, j) in reach) reach[i, j] = 1
      for (edge in what) {
        split(edge, end, " -> ")
        if ((index_of[end[2]], index_of[end[1]]) in reach) print "  " edge ":" what[edge]
      }
    }' "$1" | sort
}
report() { # report TEXT FOUND
  [ -z "$2" ] && return
  printf 'broken: %s\n%s\n' "$1" "$2"
  broken=1
}

grep -rnoE '^#include "[^"]+"' framework --include='*.h' | sed -E 's,^framework/([^:]+):[0-9]+:#include "([^"]+)",\1 \2 include,' >"$work/includes"
report "headers of the framework include each other in a circle" "$(tangle "$work/includes")"

# lines "file.c symbol", defined and used
find "$objects" -name '*.c.o' | while read -r object; do
  file=${object#"$objects"/*.dir/}
  [ -f "framework/${file%.o}" ] || continue # of a source that is no longer there
  nm -g "$object" | awk -v file="${file%.o}" 'NF == 3 && $2 != "U" { print "d", file, $3 } $1 == "U" { print "u", file, $2 }'
done >"$work/symbols"
[ -s "$work/symbols" ] || { echo "no object files in $objects"; exit 1; }
awk '$1 == "d" { at[$3] = $2 } { line[NR] = $0 }
     END { for (i = 1; i <= NR; i++) { split(line[i], f); if (f[1] == "u" && f[3] in at) print f[2], at[f[3]], f[3] } }' "$work/symbols" >"$work/calls"
report "files of the framework call each other in a circle" "$(tangle "$work/calls")"

[ $broken = 0 ] && echo "no circles among $(sort -u -k2,2 "$work/symbols" | wc -l) files"
exit $broken
