# The record of an action is gone or damaged while the journal still lists the action. One that warned runs again, since nobody could see
# its warnings; for all others, whoever prints what is in the record finds out, and from then on the action runs again as well.
cat >p.yaml <<'EOF'
atomloom: 1
nodes:
  first: {op: test.misbehave, params: {how: warn}}
  calm: {op: test.sum, in: {terms: first.out}}
outputs: {o: calm.sum}
EOF
record() { grep -l "\"instance\": *\"$1\"" "$ATOMLOOM_STORE"/actions/*/*.json; }
atomloom run p.yaml --quiet --strict 2>/dev/null; echo "exit $?"
for how in gone damaged; do
  for node in first calm; do
    echo "-- the record of $node is $how"
    case $how in
      gone) rm "$(record $node)" ;;
      damaged) sed -i 's/"started": 1/"started": 2/' "$(record $node)" ;;
    esac
    [ $node = first ] && atomloom plan p.yaml --explain first
    atomloom why p.yaml o >/dev/null; echo "why: exit $?"
    atomloom crate p.yaml -o crate; echo "crate: exit $?"
    atomloom plan p.yaml | grep " $node "
    atomloom run p.yaml --strict --json | grep -oE '"(outcome": "[a-z]*|event": "warning|exit_status": [0-9])' | sort | uniq -c
    atomloom why p.yaml o >/dev/null 2>&1; echo "why: exit $?"
  done
done
