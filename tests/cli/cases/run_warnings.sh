# A warning is shown at the end of a run, again where the result comes from the store, by show and log, and --strict makes it a failure.
cat >p.yaml <<'EOF'
atomloom: 1
axes: {n: [1, 2]}
nodes:
  first:
    op: test.misbehave
    params: {how: warn, seconds: ${n}}
  second: {op: test.misbehave, in: {before: first.out}}
outputs: {o: second.out}
EOF
echo "-- fresh"
atomloom run p.yaml -j 1
echo "-- cached"
atomloom run p.yaml --quiet
echo "exit $?"
echo "-- strict"
atomloom run p.yaml --strict --quiet
echo "exit $?"
echo "-- show"
atomloom show p.yaml 'o[n=1]'
echo "-- log"
atomloom log p.yaml 'first[n=1]'
echo "-- events"
atomloom run p.yaml --json --strict | grep -E '"warning"|"end"|exit_status' | sed -E 's/"(time_s|elapsed_s|left_s)": [0-9.]+/"\1": T/g; s/"digest": "[0-9a-f]+"/"digest": D/g'
