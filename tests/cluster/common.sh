# Sourced by the tests of --executor slurm: BUILD_DIR is the first argument; a directory of their own, a store in it, checks.
set -uo pipefail
build=$(cd "$1" && pwd)
work=$(mktemp -d)
cd "$work" || exit 3
unset ATOMLOOM_STORE XDG_CONFIG_HOME
export PATH="$build/bin:$PATH" ATOMLOOM_PLUGIN_PATH="$build/tests/plugins" HOME="$work/home" LC_ALL=C.UTF-8
bad=0
check() { # check WHAT COMMAND...: the command must succeed
  local what=$1
  shift
  if "$@"; then echo "ok      $what"; else echo "broken  $what"; bad=1; fi
}
is() { # is WHAT FOUND EXPECTED
  if [ "$2" = "$3" ]; then echo "ok      $1"; else echo "broken  $1: found '$2', expected '$3'"; bad=1; fi
}
sums() { # sums N SECONDS: N independent actions, and their sum
  echo "atomloom: 1"
  echo "nodes:"
  local i terms=
  for ((i = 0; i < $1; i++)); do
    echo "  n$i: {op: test.sum, params: {add: $i, seconds: $2}}"
    terms="$terms${terms:+, }n$i.sum"
  done
  echo "  total: {op: test.sum, in: {terms: [$terms]}}"
  echo "outputs: {total: total.sum}"
}
done_in() { grep -c '"outcome": "done"' "$1"; } # how many actions a run executed
total() { grep '"event": "outputs"' "$1" | sed 's/.*"digest": "\([0-9a-f]*\)".*/\1/'; }
left() { find "$1/jobs" -name orders 2>/dev/null | wc -l; } # bundles that are still there
until_there() { # until_there COMMAND...: within 20 s
  local k
  for ((k = 0; k < 200; k++)); do
    "$@" && return
    sleep 0.1
  done
  return 1
}
