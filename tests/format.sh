#!/usr/bin/env bash
# The layout of C is what .clang-format says (clang-format 14; another version decides otherwise).
#   bash tests/format.sh          lists files that are laid out otherwise; exit status 1 where there are any
#   bash tests/format.sh --fix    lays them out
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(command -v clang-format-14 || true)
if [ -z "$tool" ]; then
  echo "format: clang-format-14 is not installed; skipped" >&2
  exit 77
fi
# the template is C only once its @words@ are filled in
mapfile -t files < <(git ls-files '*.c' '*.h' 2>/dev/null | grep -v '^sdk/template/' || true)
[ ${#files[@]} -gt 0 ] || { echo "format: not a checkout; skipped" >&2; exit 77; }
if [ "${1:-}" = --fix ]; then
  "$tool" -i "${files[@]}"
  "$tool" -i "${files[@]}" # what moves a comment is settled by a second pass
  exit 0
fi
bad=$({ "$tool" --dry-run -Werror "${files[@]}" 2>&1 || true; } | sed -nE 's/^([^: ]+):[0-9]+:.*/\1/p' | sort -u)
mapfile -t templates < <(git ls-files 'sdk/template/*.c' 'sdk/template/*.cpp')
wide=$(LC_ALL=C.UTF-8 grep -nHE '^.{101,}' "${files[@]}" "${templates[@]}" | cut -d: -f1,2 | sed 's/$/: over 100 columns/' || true)
[ -z "$bad$wide" ] && exit 0
printf '%s\n' "$bad" "$wide" | head -n 20
echo "format: run bash tests/format.sh --fix" >&2
exit 1
