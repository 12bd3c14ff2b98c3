#!/usr/bin/env bash
# Make what is generated in docs/ from the program again: ops/ (a page per op), atomloom.1, errors.md, and the table of
# rules in sdk.md.
#   bash docs/update.sh [BUILD_DIR [OUTPUT_DIR]]     default: build/release, docs
# The test docs.generated fails when these pages are not what the ops say.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "${1:-$here/../build/release}" && pwd)
out=${2:-$here}
unset ATOMLOOM_PLUGIN_PATH
mkdir -p "$out/ops"
rm -f "$out"/ops/*.md
"$build/bin/atomloom" describe --markdown --output "$out/ops"
"$build/bin/atomloom" help --man >"$out/atomloom.1"
"$build/bin/atomloom" help --statuses >"$out/errors.md"
"$build/bin/atomloom" check-plugin --rules >"$out/.rules"
awk -v rules="$out/.rules" '/^<!-- rules:/ { print; while ((getline line <rules) > 0) print line; skip = 1; next }
  /^<!-- end of rules/ { skip = 0 } !skip' "$here/sdk.md" >"$out/.sdk"
mv "$out/.sdk" "$out/sdk.md"
rm "$out/.rules"
