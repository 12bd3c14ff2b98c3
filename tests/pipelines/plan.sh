#!/usr/bin/env bash
# Every pipeline that is shipped is understood: ops, ports, parameters and variables are there. What only a user can give (files,
# variables without a default, the inputs of a part) may be missing; those that need nothing are planned whole.
#   bash tests/pipelines/plan.sh SOURCE BUILD
set -euo pipefail
cd "$1"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export ATOMLOOM_STORE=$scratch/store
given="error: (variable '[^']*' has no value|cannot read '[^']*': No such file or directory|a file with inputs cannot run by itself)$"
planned=0
for file in pipelines/*.yaml pipelines/parts/*.yaml; do
  if "$2/bin/atomloom" plan "$file" >"$scratch/out" 2>"$scratch/errors"; then
    planned=$((planned + 1))
    continue
  fi
  if grep 'error:' "$scratch/errors" | grep -vE "$given"; then exit 1; fi
  grep -q 'error:' "$scratch/errors" || { echo "$file: fails without an error"; exit 1; }
done
for file in from-scans pdir-4d pdir-4d-published physics-check quickstart sample; do
  "$2/bin/atomloom" plan "pipelines/$file.yaml" >"$scratch/out" 2>"$scratch/errors" || { cat "$scratch/errors"; exit 1; }
done
echo "$planned pipelines planned"
