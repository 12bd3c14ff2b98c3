# A result whose ops warned: get shows the warnings and refuses under --strict; plan, why and crate say how many and where to read them.
cat >p.yaml <<'EOF'
atomloom: 1
nodes:
  first: {op: test.misbehave, params: {how: warn}}
  second: {op: test.misbehave, in: {before: first.out}}
  other: {op: test.number}
outputs: {o: second.out, n: other.number}
EOF
echo "-- get, computed now"
atomloom get p.yaml o -o o.json; echo "exit $?"
echo "-- get, from the store, under --strict"
atomloom get p.yaml o -o strict.json --strict; echo "exit $?"
test ! -e strict.json || echo "strict.json was written"
echo "-- get of what nobody warned of"
atomloom get p.yaml n -o n.json --strict; echo "exit $?"
atomloom run p.yaml --quiet 2>/dev/null
echo "-- plan"
atomloom plan p.yaml
atomloom plan p.yaml --json | grep -o '"warnings": [0-9]*'
echo "-- why"
atomloom why p.yaml o | grep -E '^[a-z]|warning:'
atomloom why p.yaml n >/dev/null
echo "-- crate"
atomloom crate p.yaml -o c
