#!/usr/bin/env bash
# what: the figures of the source itself: lengths of files and functions, comments on prototypes, assertions, circles, headers alone
# For each of framework, sdk and plugins; what is short is named on standard error.
. "$(dirname "$0")/common.sh"
cd "$ATOMLOOM_SOURCE" || exit 1

# share FILE PERCENT: of the numbers in the third column, the one that so many percent do not exceed
share() { awk '{ print $3 }' "$1" | sort -n | awk -v p="$2" '{ v[NR] = $1 } END { k = int((NR * p + 99) / 100); print v[k < 1 ? 1 : k] }'; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for tree in framework sdk plugins; do
  find "$tree" -name '*.[ch]' -not -path 'sdk/template/*' | sort | LC_ALL=C.UTF-8 xargs awk -f tests/bench/house.awk >"$work/all"
  awk '$1 == "file" && $2 ~ /\.c$/' "$work/all" >"$work/files"
  for kind in function prototype wide; do awk -v kind=$kind '$1 == kind' "$work/all" >"$work/$kind"; done
  lines=$(awk '{ n += $3 } END { print n + 0 }' "$work/files")
  asserts=$(awk '$1 == "assert" && $2 ~ /\.c$/ { n += $3 } END { print n + 0 }' "$work/all")
  note "$tree-files" "$(wc -l <"$work/files")" .c
  figure "$tree-file-median" "$(share "$work/files" 50)" lines '<=' 200
  figure "$tree-file-p95" "$(share "$work/files" 95)" lines '<=' 400
  figure "$tree-function-median" "$(share "$work/function" 50)" lines '<=' 13
  figure "$tree-function-p95" "$(share "$work/function" 95)" lines '<=' 30
  figure "$tree-functions-over-60" "$(awk '$3 > 60' "$work/function" | wc -l)" functions '<=' 0
  figure "$tree-lines-over-100" "$(wc -l <"$work/wide")" lines '<=' 0
  figure "$tree-commented-prototypes" "$(awk '{ n += $3 } END { print NR ? 100 * n / NR : 100 }' "$work/prototype")" % '>=' 95
  figure "$tree-lines-per-assert" "$(awk -v l="$lines" -v a="$asserts" 'BEGIN { printf "%.0f", a ? l / a : l }')" lines '<=' 60
  awk '$3 > 400 { printf "  long file: %s, %d lines\n", $2, $3 }' "$work/files" >&2
  awk '$3 > 60 { printf "  long function: %s, %d lines\n", $2, $3 }' "$work/function" >&2
  awk '!$3 { printf "  prototype without a comment: %s\n", $2 }' "$work/prototype" | head -n 40 >&2
  awk '{ printf "  wide line: %s, %d columns\n", $2, $3 }' "$work/wide" | head -n 20 >&2
done
bash tests/house/circles.sh . "$ATOMLOOM_BUILD" >"$work/circles"
figure circles "$(grep -c '^  ' "$work/circles")" edges '==' 0
bash tests/house/headers.sh . >"$work/headers" 2>&1
figure headers-not-alone "$(grep -c '^bad' "$work/headers")" headers '==' 0
exit $short
