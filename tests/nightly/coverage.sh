#!/usr/bin/env bash
# Lines executed, from the counts that a build of the preset `coverage` left:  coverage.sh BUILD_DIR
# One line for each tree, then the ten files of each with the most lines that nothing executed. Fails where a tree is short.
set -uo pipefail
cd "$(dirname "$0")/../.."
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find "$build" -name '*.gcno' \( -path '*libatomloom.dir*' -o -path '*/atomloom.dir*' -o -path '*loomkit.dir*' -o -path '*/plugins/*' \) -print0 \
  | xargs -0 -n 50 gcov -n 2>/dev/null | awk '
    /^File / { file = substr($2, 2, length($2) - 2); sub(/^.*\.\.\//, "", file); next }
    /^Lines executed/ && file ~ /^(framework|sdk|plugins)\/.*\.c$/ {
      split($2, p, /[:%]/); n = $NF; done = p[2] / 100 * n
      if (!(file in lines) || done > seen[file]) { lines[file] = n; seen[file] = done }
      file = ""
    }
    END { for (f in lines) printf "%s %d %.0f\n", f, lines[f], seen[f] }' >"$work/files"
short=0
for pair in framework:85 sdk:85 plugins:80; do
  tree=${pair%:*}
  awk -v tree="$tree" -v need="${pair#*:}" 'index($1, tree "/") == 1 { n += $2; done += $3 }
    END { share = n ? 100 * done / n : 0; printf "coverage %s %.1f %% >=%d %s\n", tree, share, need, share >= need ? "holds" : "short"; exit share < need }' \
    "$work/files" || short=1
  awk -v tree="$tree" 'index($1, tree "/") == 1 && $2 > $3 { print $2 - $3, $1 }' "$work/files" | sort -rn | head -n 10 | sed 's/^/  not executed: /'
done
exit $short
