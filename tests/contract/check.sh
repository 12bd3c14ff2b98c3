#!/usr/bin/env bash
# The contract of every op:  check.sh BUILD_DIR PLUGIN.so [OPTION...]
# Everything that the op writes is explained in docs/types.md.
# `settings` next to this file makes slow ops cheap and gives parameters and inputs that have no default; the files it names are made by
# contract.files and by inputs.yaml, in BUILD_DIR/tests/contract/files (check.sh BUILD_DIR --files makes them).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd) what=$2
shift 2
files=$build/tests/contract/files
if [ "$what" = --files ]; then
  rm -rf "$files"
  mkdir -p "$files"
  "$build/bin/contract.files" "$files"
  store=$(mktemp -d)
  trap 'rm -rf "$store"' EXIT
  "$build/bin/atomloom" run "$here/inputs.yaml" --store "$store" >/dev/null 2>&1
  for name in particle before after regions regions_atoms; do
    "$build/bin/atomloom" get "$here/inputs.yaml" "$name" -o "$files/$name.h5" --store "$store" >/dev/null 2>&1
  done
  exit
fi
options=()
while read -r line; do
  kind=set
  [ "${line#input }" = "$line" ] || kind=input
  line=${line#input }
  options+=("--$kind" "${line/FILES/$files}")
done < <(grep -v '^#' "$here/settings")
contents=$(mktemp)
trap 'rm -f "$contents"' EXIT
"$build/bin/atomloom" check-plugin "$what" --time 60s "${options[@]}" --contents "$contents" "$@"
[ ! -x /usr/bin/python3 ] || /usr/bin/python3 "$here/../docs/columns.py" "$here/../../docs/types.md" "$contents"
