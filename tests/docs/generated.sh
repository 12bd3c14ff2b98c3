#!/usr/bin/env bash
# The generated pages in docs/ are what the ops and the option tables say:  generated.sh SOURCE_DIR BUILD_DIR
set -euo pipefail
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
bash "$1/docs/update.sh" "$2" "$fresh"
for made in ops atomloom.1 errors.md sdk.md; do
  diff -ru "$1/docs/$made" "$fresh/$made" || { echo "docs/$made is not up to date: bash docs/update.sh" >&2; exit 1; }
done
