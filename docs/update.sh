#!/usr/bin/env bash
# Make what is generated in docs/ from the program again: ops/ (a page per op), atomloom.1, errors.md, and the table of
# rules in sdk.md; without OUTPUT_DIR also images/, from the quickstart.
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

# Two pictures of the quickstart for the README and those of the tutorial; fonts differ between machines, so no test compares them.
if [ $# -lt 2 ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$out/images"
  picture() { "$build/bin/atomloom" get "$here/../pipelines/quickstart.yaml" "$1" -o "$out/images/$2" --store "$work/store" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }; }
  picture views.atoms.panel quickstart-atoms.png
  picture 'slices[minutes=0]' quickstart-slices.png
  python3 "$here/../tests/docs/snippets.py" "$here/.." "$build" "$here/tutorial.md" "$work/tutorial" >/dev/null
  for name in tilts atoms slices; do cp "$work/tutorial/$name.png" "$out/images/tutorial-$name.png"; done
fi
