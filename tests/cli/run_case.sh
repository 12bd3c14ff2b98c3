#!/usr/bin/env bash
# One test of the command line:  run_case.sh BUILD_DIR CASE.sh
# CASE.sh runs in an empty directory with `atomloom` on its path and a store of its own; what it prints and its exit status must be those in
# CASE.stdout, CASE.stderr and CASE.exit beside it. The ops of tests/plugins (test.number, test.sum, test.misbehave) are there. Paths, times and the version are replaced by words first.
# With ATOMLOOM_REFRESH=1 the files are written instead: read what changed (git diff) as a stranger would.
set -uo pipefail
build=$(cd "$1" && pwd) case_file=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
name=${case_file%.sh} source_dir=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
work=$(cd "$work" && pwd -P)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
mkdir "$work/here"
cd "$work/here" || exit 3

export PATH="$build/bin:$PATH" HOME="$work/home" ATOMLOOM_STORE="$work/store" LC_ALL=C.UTF-8 NO_COLOR=1 TZ=UTC0 COLUMNS=80
export BUILD="$build" SOURCE="$source_dir" ATOMLOOM_PLUGIN_PATH="$build/tests/plugins"
unset XDG_CACHE_HOME
bash "$case_file" >"$work/stdout" 2>"$work/stderr" </dev/null
echo $? >"$work/exit"

# What differs from one machine or run to the next.
words() {
  sed -E -e "s#$work/here/##g; s#$work/here#HERE#g; s#$work/store#STORE#g; s#$work#WORK#g; s#$build#BUILD#g; s#$source_dir#SOURCE#g" \
    -e 's#atomloom [0-9]+\.[0-9]+\.[0-9]+#atomloom VERSION#g' \
    -e 's#\b[0-9]+(\.[0-9]+)? m?s\b#TIME#g; s#[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:]+Z?#DATE#g' "$1"
}
bad=0
for part in exit stdout stderr; do
  words "$work/$part" >"$work/$part.words"
  if [ -n "${ATOMLOOM_REFRESH:-}" ]; then
    cp "$work/$part.words" "$name.$part"
  elif ! diff -u --label "$(basename "$name").$part" --label "what came" "$name.$part" "$work/$part.words"; then
    bad=1
  fi
done
exit $bad
