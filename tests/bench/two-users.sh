#!/usr/bin/env bash
# what: attacks of one user on the run of another, on a shared store and on private ones: no wrong value, no run that hangs (needs root)
. "$(dirname "$0")/common.sh"
bash "$ATOMLOOM_SOURCE/tests/security/two_users.sh" "$ATOMLOOM_BUILD" "${ATOMLOOM_ROUNDS:-3}" >table || { cat table >&2; [ -s table ] && grep -q skipped table && exit 1; }
awk -F', ' 'NR > 1 && NF == 5 { t[$1] += $2; w[$1] += $3; h[$1] += $4; r[$1] += $5; if (!($1 in at)) { at[$1] = ++n; name[n] = $1 } }
  END { for (i = 1; i <= n; i++) printf "%-50s tried %d, wrong %d, hung %d, refused %d\n", name[i], t[name[i]], w[name[i]], h[name[i]], r[name[i]] }' table >&2
sum() { awk -F', ' -v c="$1" 'NR > 1 && NF == 5 { s += $c } END { print s + 0 }' table; }
note attacks "$(sum 2)" runs
figure wrong "$(sum 3)" runs == 0
figure hung "$(sum 4)" runs == 0
exit $short
