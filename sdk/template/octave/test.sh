#!/usr/bin/env bash
# The contract of every op, and a property of the method, tried in a pipeline:  test.sh [ATOMLOOM]
# Twice the density and then half of it is the density itself, to the last bit.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
atomloom=${1:-@prefix@/bin/atomloom}
export ATOMLOOM_STORE=$(mktemp -d)
trap 'rm -rf "$ATOMLOOM_STORE"' EXIT
"$atomloom" check-plugin "$here/@id@.op.yaml" --brief
digests=$("$atomloom" run "$here/test.yaml" --plugin-dir "$here" --json | grep -o '"digest": "[0-9a-f]*"' | sort -u | wc -l)
[ "$digests" = 1 ] || { echo "factor 2 and then 0.5 does not give the volume back" >&2; exit 1; }
