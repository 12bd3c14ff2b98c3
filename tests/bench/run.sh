#!/usr/bin/env bash
# Benchmarks: the project's claims as commands.
#   bash tests/bench/run.sh               names, and what each measures
#   bash tests/bench/run.sh NAME [...]    runs them; one line per figure:  NAME figure value unit required holds|short
# Exit status 0 only when every figure holds. Data: $ATOMLOOM_TEST_DATA (default ../shared/data). Nothing is kept.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)

if [ $# -eq 0 ]; then
  for script in "$here"/*.sh; do
    name=$(basename "$script" .sh)
    case $name in run | common) continue ;; esac
    printf '%-22s %s\n' "$name" "$(sed -n 's/^# what: //p' "$script" | head -n 1)"
  done
  exit 0
fi

export ATOMLOOM_TEST_DATA=${ATOMLOOM_TEST_DATA:-$(cd "$root/.." && pwd)/shared/data}
export ATOMLOOM_BUILD=$root/build/release ATOMLOOM_SOURCE=$root OMP_WAIT_POLICY=passive
ATOMLOOM_TEST_TOOLS=1 bash "$root/pipelines/setup.sh" release >&2 || exit 3
status=0
for name in "$@"; do
  if [ ! -f "$here/$name.sh" ] || [ "$name" = run ] || [ "$name" = common ]; then
    echo "run.sh: no benchmark '$name'; 'bash tests/bench/run.sh' lists them" >&2
    exit 2
  fi
  work=$(mktemp -d)
  (cd "$work" && ATOMLOOM_STORE=$work/store bash "$here/$name.sh") || status=1
  rm -rf "$work"
done
exit $status
