#!/usr/bin/env bash
# How the program and every plugin were linked, read off the files:  hardening.sh BINARY_DIR
set -uo pipefail
binary_dir=$(cd "$1" && pwd)
program=$binary_dir/bin/atomloom
broken=0
rule() { # rule TEXT FILE CONDITION...
  local text=$1 file=$2
  shift 2
  "$@" && return
  echo "broken: $text: $file"
  broken=1
}
has() { readelf -W "$1" "$3" | grep -E "$2" >/dev/null; }
lacks() { ! has "$@"; }

for file in "$program" "$binary_dir"/lib/atomloom/plugins/*.so; do
  rule "symbols are bound at the start, so that the table of them can be read-only" "$file" has -d 'BIND_NOW|FLAGS_1.*NOW' "$file"
  rule "what is relocated is read-only afterwards" "$file" has -l 'GNU_RELRO' "$file"
  rule "the stack is not executable" "$file" has -l 'GNU_STACK.* RW +0x' "$file"
  rule "no segment is writable and executable" "$file" lacks -l 'LOAD.* RWE ' "$file"
  rule "no search path for libraries" "$file" lacks -d 'RPATH|RUNPATH' "$file"
done
rule "the program is position-independent" "$program" has -h 'Type: +DYN' "$program"
for file in "$program" "$binary_dir"/lib/atomloom/plugins/io.read_*.so; do
  rule "stack protector" "$file" has --dyn-syms '__stack_chk_fail' "$file"
done
rule "checked string functions" "$program" has --dyn-syms '__[a-z]+_chk' "$program"

# A library next to the data is not the system's.
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
ids=$("$program" ops | grep -c '^  io\.')
for file in "$binary_dir"/lib/atomloom/plugins/*.so; do
  readelf -d "$file" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p'
done | sort -u | while read -r library; do echo 'not a library' >"$here/$library"; done
found=$(cd "$here" && XDG_CACHE_HOME="$here/cache" "$program" ops | grep -c '^  io\.')
[ "$ids" = "$found" ] || { echo "broken: a file in the current directory was taken for a library ($found of $ids ops of io are found)"; broken=1; }

[ $broken = 0 ] && echo "hardened"
exit $broken
