#!/usr/bin/env bash
# The contract of every op:  check.sh BUILD_DIR PLUGIN.so
# `settings` beside this file makes slow ops cheap and gives parameters that have no default.
set -euo pipefail
options=()
while read -r setting; do options+=(--set "$setting"); done <"$(dirname "$0")/settings"
exec "$1/bin/atomloom" check-plugin "$2" --time 60s "${options[@]}"
