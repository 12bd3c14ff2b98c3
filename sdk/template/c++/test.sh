#!/usr/bin/env bash
# A property of the method, tried in a pipeline:  test.sh ATOMLOOM PLUGIN_DIR
# Twice the density and then half of it is the density itself, to the last bit.
set -euo pipefail
atomloom=$1 plugins=$2 here=$(cd "$(dirname "$0")" && pwd)
export ATOMLOOM_STORE=$(mktemp -d)
trap 'rm -rf "$ATOMLOOM_STORE"' EXIT
digests=$("$atomloom" run "$here/test.yaml" --plugin-dir "$plugins" --json | grep -o '"digest": "[0-9a-f]*"' | sort -u | wc -l)
[ "$digests" = 1 ] || { echo "factor 2 and then 0.5 does not give the volume back" >&2; exit 1; }
