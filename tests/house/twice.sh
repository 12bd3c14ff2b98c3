#!/usr/bin/env bash
# No function of three lines or more stands twice, word for word, in framework/, sdk/ or plugins/: what two files need is a third's
# (framework: base/; ops: the kit, or a header of their family).  twice.sh SOURCE_DIR
# A plugin may not link another family, and the contract of an op (`run`, `estimate`) has one name everywhere: equal bodies count.
set -euo pipefail
cd "$1"
found=$(find framework sdk/kit plugins -name '*.c' -print0 | LC_ALL=C sort -z | LC_ALL=C.UTF-8 xargs -0 awk '
  FNR == 1 { name = ""; inside = 0 }
  /^[a-zA-Z_].*\(/ && !/;$/ && !inside { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name); at = FILENAME ":" FNR }
  $0 == "{" && name != "" { inside = 1; lines = 0; body = ""; next }
  $0 == "}" && inside {
    if (lines >= 3) {
      tree = FILENAME; sub(/\/.*/, "", tree)
      key = tree SUBSEP body
      if (key in first) print name ": " first[key] " and " at
      else first[key] = at
    }
    inside = 0; name = ""
  }
  inside { line = $0; gsub(/^ +/, "", line); if (line !~ /^(\/\*|\*|$)/ && line !~ /^(assert|LOOM_ASSERT_HOT)\(/) { body = body "\n" line; lines++ } }')
[ -z "$found" ] && exit 0
printf 'functions that stand twice:\n%s\n' "$found"
exit 1
