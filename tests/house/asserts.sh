#!/usr/bin/env bash
# Assertions stand wherever a caller must have ensured something; no tree may come to have fewer of them to a line than it has:
#   asserts.sh SOURCE_DIR
# The limits are lines of .c files to one assertion. A tree that has more of them may lower its limit, and does not raise it.
set -euo pipefail
cd "$1"
status=0
while read -r tree limit; do
  read -r lines asserts < <(find "$tree" -name '*.c' -not -path 'sdk/template/*' -print0 | LC_ALL=C.UTF-8 xargs -0 cat |
    awk '/(^|[^_a-zA-Z])(assert|LOOM_ASSERT_HOT)\(/ { n++ } END { print NR, n + 0 }')
  ((asserts > 0 && lines <= limit * asserts)) && continue
  echo "$tree: $lines lines have $asserts assertions, fewer than one to $limit lines: assert what new functions rely on" \
    "(preconditions, indices, sizes, states; no effects, nothing of a user's input)"
  status=1
done <<LIMITS
framework 50
sdk 40
plugins 140
LIMITS
# An assertion is not executed in every build of others: what it does must not matter.
effects=$(grep -rnE '(^|[^_a-zA-Z])(assert|LOOM_ASSERT_HOT)\(.*(\+\+|--|[^=!<>]=[^=])' framework sdk plugins --include='*.[ch]' |
  grep -vE '#define|static_assert|"[^"]*--[^"]*"' || true)
[ -z "$effects" ] || { printf 'an assertion has an effect:\n%s\n' "$effects"; status=1; }
exit $status
