#!/usr/bin/env bash
# what: plugins that break one rule of the contract each, and which rule catches them; shipped ops that break a rule
# Not a time: figures of check-plugin itself. The plugins are tests/plugins_bad, what each breaks is in tests/contract/broken.
. "$(dirname "$0")/common.sh"
contract=$ATOMLOOM_SOURCE/tests/contract
bash "$contract/check.sh" "$ATOMLOOM_BUILD" --files

tried=0 caught=0 alone=0 rules=
while read -r name want; do
  [ "$want" != - ] || continue
  tried=$((tried + 1))
  if said=$(bash "$contract/broken.sh" "$ATOMLOOM_BUILD" "$name"); then alone=$((alone + 1)); fi
  found=$(sed -n '1s/^[^:]*: //p' <<<"$said")
  rules+="${found// /$'\n'}"$'\n'
  if [ "$found" != - ]; then caught=$((caught + 1)); else echo "contract: $name passed as good" >&2; fi
done < <(grep -v '^#' "$contract/broken")
figure broken_plugins "$tried" plugins '>=' 44
figure caught "$caught" plugins '==' "$tried"
figure caught_by_their_rule_alone "$alone" plugins '==' "$tried"
while read -r n rule; do note "caught_by_$rule" "$n" plugins; done < <(sort <<<"$rules" | grep . | uniq -c)

ops=0 failing=0
for file in "$ATOMLOOM_BUILD"/lib/atomloom/plugins/*.so; do
  ops=$((ops + 1))
  bash "$contract/check.sh" "$ATOMLOOM_BUILD" "$file" --brief >said 2>&1 && continue
  failing=$((failing + 1))
  cat said >&2
done
figure shipped_ops "$ops" ops '>=' 1
figure shipped_ops_failing "$failing" ops '==' 0
exit $short
