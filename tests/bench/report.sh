#!/usr/bin/env bash
# what: pages of the quickstart and of 13,366 atoms x 4: size, time to write; in Chromium (NODE_PATH with playwright-core and axe-core): opening, turning, axe
. "$ATOMLOOM_SOURCE/tests/bench/common.sh"

# page NAME PIPELINE MAX_MB
page() {
  "$atomloom" report "$2" -o "$1.html" >log 2>&1 || { cat log >&2; short=1; return; }
  figure "$1-write" "$( { TIMEFORMAT=%R; time "$atomloom" report "$2" -o "$1.html" >log 2>&1; } 2>&1)" s '<=' 3
  figure "$1-size" "$(awk -v b="$(stat -c %s "$1.html")" 'BEGIN { printf "%.2f", b / 1e6 }')" MB '<=' "$3"
  node "$ATOMLOOM_SOURCE/tests/report/browser.mjs" "$1.html" >"$1.txt" 2>&1
  case $? in
    77) note "$1-browser" skipped - ;;
    0) figure "$1-browser" 0 unmet '==' 0 ;;
    *) figure "$1-browser" 1 unmet '==' 0 ;;
  esac
  sed "s/^/  $1: /" "$1.txt"
}
page quickstart "$ATOMLOOM_SOURCE/pipelines/quickstart.yaml" 6
page particle "$ATOMLOOM_SOURCE/tests/bench/report-13366.yaml" 15
exit $short
